/**
 * From files, environment and flags to the resolved configuration: flag > environment > file >
 * default. Every value keeps where it came from; file names become absolute.
 */
import { resolve as absolute } from 'node:path';
import { parse } from 'yaml';
import {
  type ConfigNode,
  defaultOrigin,
  type KeyPath,
  mergeLayers,
  nodeAt,
  type Origin,
  originAt,
  withNode,
} from './layer.js';
import { resolvePath } from './paths.js';
import type { MachineConfig } from './schema.js';
import { type SchemaNode, schemaAt, schemaTree, typesOf } from './schema-tree.js';
import { configError, unknownKeySentence, validateLayer } from './validate.js';
import { readConfigFile } from './yaml-file.js';

/** One value set outside the files: as text (interpreted by the key's type) or as a value. */
export type Override = { readonly key: string; readonly origin: Origin } & (
  | { readonly text: string }
  | { readonly value: unknown }
);

export interface ConfigRequest {
  /** A YAML file; absent: the defaults alone. */
  readonly file?: string;
  /** YAML files laid over it, in this order. */
  readonly over?: readonly string[];
  /** A YAML file that says what to boot when the others do not. */
  readonly guest?: string;
  /** Variables CHRYSALIS_section_key=value. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly overrides?: readonly Override[];
}

export interface ResolvedConfig {
  readonly config: MachineConfig;
  /** Where the value at a dotted key (`machine.disks.0.image`) was stated. */
  originOf(key: KeyPath): Origin;
  /** Whether any layer stated it. */
  isStated(key: KeyPath): boolean;
}

export function resolveConfig(request: ConfigRequest): ResolvedConfig {
  const layer = layerOf(request);
  const config = validateLayer(layer);
  const originOf = (key: KeyPath): Origin =>
    nodeAt(layer, key) ? originAt(layer, key) : listOrigin(layer, key);
  const withPaths = mapPaths(config, schemaTree, [], originOf) as MachineConfig;
  return {
    config: deepFreeze(withPaths),
    originOf,
    isStated: (key) => nodeAt(layer, key) !== undefined,
  };
}

/** The merged layers before validation; the run command looks at `boot.method` there. */
export function layerOf(request: ConfigRequest): ConfigNode {
  const empty: ConfigNode = { origin: defaultOrigin, value: new Map() };
  const files = [...(request.file === undefined ? [] : [request.file]), ...(request.over ?? [])];
  const stated = files.reduce(
    (under, file) => mergeLayers(under, readConfigFile(absolute(file))),
    empty,
  );
  let layer = stated;
  if (request.guest !== undefined && !saysWhatToBoot(stated))
    layer = mergeLayers(readConfigFile(absolute(request.guest)), stated);
  for (const override of [
    ...environmentOverrides(request.environment ?? {}),
    ...(request.overrides ?? []),
  ]) {
    layer = applyOverride(layer, override);
  }
  return layer;
}

function saysWhatToBoot(layer: ConfigNode): boolean {
  return ['boot', 'machine.disks', 'machine.bios'].some(
    (key) => nodeAt(layer, key.split('.')) !== undefined,
  );
}

/** A default inside a stated list entry has no node; its origin is default. */
function listOrigin(layer: ConfigNode, key: KeyPath): Origin {
  return key.length === 0 ? layer.origin : defaultOrigin;
}

function environmentOverrides(
  environment: Readonly<Record<string, string | undefined>>,
): Override[] {
  return Object.entries(environment)
    .filter(([name, text]) => name.startsWith('CHRYSALIS_') && text !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([variable, text]) => ({
      key: variable.slice('CHRYSALIS_'.length).replaceAll('_', '.'),
      origin: { kind: 'environment', variable },
      text: text as string,
    }));
}

function applyOverride(layer: ConfigNode, override: Override): ConfigNode {
  const path = override.key.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  for (let length = 1; length <= path.length; length++) {
    if (schemaAt(path.slice(0, length))) continue;
    const section = path.slice(0, length - 1);
    const name = String(path[length - 1]);
    throw configError([
      {
        origin: override.origin,
        path: path.slice(0, length),
        sentence: unknownKeySentence(section, name),
      },
    ]);
  }
  checkIndexes(layer, path, override);
  const value =
    'value' in override
      ? override.value
      : valueFromText(override.text, schemaAt(path) as SchemaNode, override, path);
  return withNode(layer, path, nodeOf(value, override.origin));
}

/** An index must name an entry that exists: a list is only extended by stating it as a whole. */
function checkIndexes(layer: ConfigNode, path: KeyPath, override: Override): void {
  path.forEach((step, i) => {
    if (typeof step !== 'number' || nodeAt(layer, path.slice(0, i + 1))) return;
    throw configError([
      {
        origin: override.origin,
        path: path.slice(0, i + 1),
        sentence: 'the list has no such entry',
      },
    ]);
  });
}

function valueFromText(
  text: string,
  schema: SchemaNode,
  override: Override,
  path: KeyPath,
): unknown {
  const types = typesOf(schema);
  if (types.includes('string')) return types.includes('null') && text === 'null' ? null : text;
  try {
    // Without aliases, which could make a value that contains itself.
    return parse(text, { maxAliasCount: 0 }) as unknown;
  } catch {
    throw configError([
      {
        origin: override.origin,
        path,
        sentence: `cannot be read: ${JSON.stringify(text)} is not a YAML value`,
      },
    ]);
  }
}

function nodeOf(value: unknown, origin: Origin): ConfigNode {
  if (Array.isArray(value)) return { origin, value: value.map((item) => nodeOf(item, origin)) };
  if (typeof value === 'object' && value !== null) {
    return {
      origin,
      value: new Map(Object.entries(value).map(([name, item]) => [name, nodeOf(item, origin)])),
    };
  }
  return { origin, value: value as string | number | boolean | null };
}

function mapPaths(
  value: unknown,
  schema: SchemaNode,
  path: KeyPath,
  originOf: (key: KeyPath) => Origin,
): unknown {
  if (schema.path && typeof value === 'string') return resolvePath(value, originOf(path));
  if (Array.isArray(value) && schema.items) {
    const items = schema.items;
    return value.map((item, i) => mapPaths(item, items, [...path, i], originOf));
  }
  if (!schema.properties) return value;
  const entries = Object.entries(value as Record<string, unknown>);
  const properties = schema.properties;
  return Object.fromEntries(
    entries.map(([name, child]) => [
      name,
      mapPaths(child, properties[name] as SchemaNode, [...path, name], originOf),
    ]),
  );
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null)
    for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}
