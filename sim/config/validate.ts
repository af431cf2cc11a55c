/**
 * Checks a merged layer against the schema. Every mistake becomes one sentence that begins with
 * the place that stated the value: what the key takes, what was found, and the nearest name.
 * All mistakes of a configuration are reported together, in the order of their places.
 */
import { ConfigError } from '../../base/errors.js';
import { crossChecks } from './cross-checks.js';
import {
  type ConfigNode,
  type KeyPath,
  keyText,
  nodeAt,
  type Origin,
  originAt,
  plainValue,
} from './layer.js';
import { didYouMean, nearestName } from './nearest-name.js';
import { describeOrigin } from './paths.js';
import { type MachineConfig, machineSchema } from './schema.js';
import { allKeys, type SchemaNode, schemaAt, whatIsAllowed } from './schema-tree.js';

export interface ConfigProblem {
  readonly origin: Origin;
  readonly path: KeyPath;
  readonly sentence: string;
}

/** The complete configuration, or ConfigError with all that is wrong. */
export function validateLayer(layer: ConfigNode): MachineConfig {
  const parsed = machineSchema.safeParse(plainValue(layer));
  if (parsed.success) {
    const problems = crossChecks(parsed.data).map((check) => ({
      origin: originAt(layer, check.path),
      ...check,
    }));
    if (problems.length === 0) return parsed.data;
    throw configError(problems);
  }
  const problems: ConfigProblem[] = [];
  for (const issue of parsed.error.issues) {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    if (issue.code === 'unrecognized_keys') {
      for (const name of issue.keys) problems.push(unknownKey(layer, path, name));
    } else {
      problems.push(wrongValue(layer, path));
    }
  }
  throw configError(problems);
}

export function configError(problems: readonly ConfigProblem[]): ConfigError {
  const place = (p: ConfigProblem): number =>
    p.origin.kind === 'file' ? p.origin.line * 10_000 + p.origin.column : Number.MAX_SAFE_INTEGER;
  const lines = [...problems]
    .sort((a, b) => place(a) - place(b))
    .map(
      (p) =>
        `${describeOrigin(p.origin)}: ${p.path.length === 0 ? '' : `${keyText(p.path)}: `}${p.sentence}`,
    );
  return new ConfigError([...new Set(lines)].join('\n'));
}

export function unknownKey(layer: ConfigNode, section: KeyPath, name: string): ConfigProblem {
  const path = [...section, name];
  return { origin: originAt(layer, path), path, sentence: unknownKeySentence(section, name) };
}

export function unknownKeySentence(section: KeyPath, name: string): string {
  const known = Object.keys(schemaAt(section)?.properties ?? {});
  if (nearestName(name, known) !== undefined) return `no such key${didYouMean(name, known)}`;
  // The name may be right and the section wrong.
  const elsewhere = allKeys().find(
    ({ key }) => key.split('.').at(-1)?.toLowerCase() === name.toLowerCase(),
  );
  if (elsewhere) return `no such key; did you mean ${elsewhere.key}?`;
  if (known.length === 0) return 'no such key: this value has no keys inside';
  return `no such key; ${section.length === 0 ? 'the file' : keyText(section)} has ${known.join(', ')}`;
}

function wrongValue(layer: ConfigNode, path: KeyPath): ConfigProblem {
  const origin = originAt(layer, path);
  const schema = schemaAt(path);
  const allowed = schema ? whatIsAllowed(schema) : 'something else';
  const node = nodeAt(layer, path);
  if (!node) return { origin, path, sentence: `is missing: must be ${allowed}` };
  const value = plainValue(node);
  return {
    origin,
    path,
    sentence: `must be ${allowed}, found ${found(value)}${hint(schema, value)}`,
  };
}

function found(value: unknown): string {
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'a section';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}..."` : text;
}

function hint(schema: SchemaNode | undefined, value: unknown): string {
  if (!schema) return '';
  if (schema.enum && typeof value === 'string') return didYouMean(value, schema.enum);
  if (schema.type === 'boolean' && typeof value === 'string') {
    if (/^(y|yes|on|1)$/i.test(value)) return '; did you mean true?';
    if (/^(n|no|off|0)$/i.test(value)) return '; did you mean false?';
    return didYouMean(value, ['true', 'false']);
  }
  const number = [schema, ...(schema.anyOf ?? [])].some(({ type }) =>
    /integer|number/.test(type ?? ''),
  );
  if (number && typeof value === 'string' && /^\s*\d/.test(value))
    return '; write the number alone, without unit or quotes';
  return '';
}
