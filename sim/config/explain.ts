/**
 * `config explain`: every key with its value, where the value was stated, and the source mark of
 * its default.
 */
import type { SourceMark } from '../../base/config-schema.js';
import type { KeyPath, Origin } from './layer.js';
import { keyText } from './layer.js';
import { describeOrigin } from './paths.js';
import type { ResolvedConfig } from './resolve.js';
import { type SchemaNode, schemaTree } from './schema-tree.js';

export interface ExplainedKey {
  readonly key: string;
  readonly value: unknown;
  /** "default", file:line:column, a flag or an environment variable. */
  readonly origin: string;
  readonly unit?: string;
  /** Mark of the default; absent when the value was stated or the key describes no hardware. */
  readonly source?: SourceMark;
  readonly doc: string;
}

export function explainConfig(resolved: ResolvedConfig): ExplainedKey[] {
  const rows: ExplainedKey[] = [];
  const visit = (value: unknown, schema: SchemaNode, path: KeyPath): void => {
    if (schema.properties) {
      for (const [name, child] of Object.entries(schema.properties)) {
        visit((value as Record<string, unknown>)[name], child, [...path, name]);
      }
    } else if (schema.items && (value as unknown[]).length > 0) {
      for (const [i, item] of (value as unknown[]).entries())
        visit(item, schema.items, [...path, i]);
    } else {
      rows.push(row(value, schema, path, resolved.originOf(path)));
    }
  };
  visit(resolved.config, schemaTree, []);
  return rows;
}

function row(value: unknown, schema: SchemaNode, path: KeyPath, origin: Origin): ExplainedKey {
  return {
    key: keyText(path),
    value,
    origin: describeOrigin(origin),
    ...(schema.unit === undefined ? {} : { unit: schema.unit }),
    ...(schema.source === undefined || origin.kind !== 'default' ? {} : { source: schema.source }),
    doc: schema.description ?? '',
  };
}

/** One line a key, in columns. */
export function explainText(rows: readonly ExplainedKey[]): string {
  const texts = rows.map((r) => ({
    key: r.key,
    value: `${JSON.stringify(r.value)}${r.unit && r.value !== null ? ` ${r.unit}` : ''}`,
    origin: r.source ? `${r.origin} (${r.source})` : r.origin,
  }));
  const keyWidth = Math.max(...texts.map((t) => t.key.length));
  const valueWidth = Math.min(48, Math.max(...texts.map((t) => t.value.length)));
  return texts
    .map((t) => `${t.key.padEnd(keyWidth)}  ${t.value.padEnd(valueWidth)}  ${t.origin}`)
    .join('\n');
}
