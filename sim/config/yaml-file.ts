/**
 * Reads a YAML configuration file into a layer with a position for every value, and follows its
 * `extends:` chain. YAML 1.2 core schema; duplicate keys, several documents in one file, keys
 * that are not text and tags of other types are refused.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';
import { ConfigError } from '../../base/errors.js';
import type { ConfigNode, Origin, Scalar } from './layer.js';
import { mergeLayers } from './layer.js';
import { displayPath } from './paths.js';

type FileOrigin = Origin & { kind: 'file' };

const largestFileBytes = 4 << 20;

/** The file's own layer merged over those it extends. */
export function readConfigFile(file: string): ConfigNode {
  return readChain(resolve(file), []);
}

function readChain(file: string, extendedBy: readonly FileOrigin[]): ConfigNode {
  const own = parseConfigText(readText(file, extendedBy), file);
  if (!(own.value instanceof Map)) return own;
  const extending = own.value.get('extends');
  if (!extending) return own;
  const entries = new Map<string, ConfigNode>(own.value);
  entries.delete('extends');
  const layer: ConfigNode = { origin: own.origin, value: entries };
  const origin = extending.origin as FileOrigin;
  if (typeof extending.value !== 'string' || extending.value === '') {
    throw new ConfigError(`${at(origin)}: extends: must be the path of one other YAML file`);
  }
  const base = resolve(dirname(file), extending.value);
  const chain = [...extendedBy, { ...origin, file }];
  if (base === file || chain.some((link) => link.file === base)) {
    const circle = [...chain.map((link) => link.file), base].map(displayPath).join(' -> ');
    throw new ConfigError(
      `${at(origin)}: extends: the files extend each other in a circle: ${circle}`,
    );
  }
  return mergeLayers(readChain(base, chain), layer);
}

function at(origin: FileOrigin): string {
  return `${displayPath(origin.file)}:${origin.line}:${origin.column}`;
}

function readText(file: string, extendedBy: readonly FileOrigin[]): string {
  const from = extendedBy.at(-1);
  const where = from ? `${at(from)}: extends: ` : '';
  const name = displayPath(file);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === 'ENOENT'
        ? 'does not exist'
        : code === 'EISDIR'
          ? 'is a folder'
          : `cannot be read (${code})`;
    throw new ConfigError(`${where}${name}: the configuration file ${reason}`);
  }
  if (bytes.length > largestFileBytes || bytes.includes(0)) {
    throw new ConfigError(
      `${where}${name}: is not a YAML text file; to boot a kernel give it with --kernel, --multiboot or --rom`,
    );
  }
  return bytes.toString('utf8');
}

/** Exported for tests: one file's text as a layer, `extends` still in it. */
export function parseConfigText(text: string, file: string): ConfigNode {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const origin = (offset: number): FileOrigin => {
    const { line, col } = lines.linePos(offset);
    return { kind: 'file', file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const start = origin(0);
  const fail = (offset: number, message: string): never => {
    throw new ConfigError(`${at(origin(offset))}: ${message}`);
  };
  if (!Array.isArray(documents) || documents.length === 0)
    return { origin: start, value: new Map() };
  const [document, second] = documents;
  if (second)
    fail(second.range?.[0] ?? 0, 'a configuration file holds one YAML document, not several');
  const problem = document?.errors[0] ?? document?.warnings[0];
  if (problem) fail(problem.pos[0], `not valid YAML: ${problem.message.replaceAll('\n', ' ')}`);
  const root = document?.contents;
  if (!root || (isScalar(root) && root.value === null)) return { origin: start, value: new Map() };
  if (!isMap(root))
    fail(
      root.range?.[0] ?? 0,
      'a configuration is a list of keys and values, such as "name: mine"',
    );

  const convert = (node: Node | null, offset: number): ConfigNode => {
    const here = origin(node?.range?.[0] ?? offset);
    if (node === null) return { origin: here, value: null };
    if (isAlias(node)) {
      const target = node.resolve(document as never);
      if (!target) fail(offset, `the alias *${node.source} names no anchor`);
      return { origin: here, value: convert(target as Node, offset).value };
    }
    if (isSeq(node))
      return { origin: here, value: node.items.map((item) => convert(item as Node, offset)) };
    if (isMap(node)) {
      const section = new Map<string, ConfigNode>();
      for (const pair of node.items) {
        const key = pair.key as Node;
        const keyOffset = key?.range?.[0] ?? offset;
        if (!isScalar(key) || typeof key.value !== 'string')
          return fail(keyOffset, 'a key must be a plain word');
        const value = convert(pair.value as Node | null, keyOffset);
        section.set(key.value, { origin: origin(keyOffset), value: value.value });
      }
      return { origin: here, value: section };
    }
    const scalar = isScalar(node) ? node.value : undefined;
    const plain = scalar === null || ['string', 'number', 'boolean'].includes(typeof scalar);
    if (!plain)
      return fail(
        node.range?.[0] ?? offset,
        'only texts, numbers, true, false and null may be values',
      );
    return { origin: here, value: scalar as Scalar };
  };
  return convert(root as Node, 0);
}
