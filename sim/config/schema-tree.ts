/**
 * The schema as a tree that can be walked (draft-7 JSON schema, derived from the declarations):
 * what error sentences, `config explain`, docs/config.md and editors read.
 */
import { z } from 'zod';
import type { SourceMark } from '../../base/config-schema.js';
import type { KeyPath } from './layer.js';
import { machineSchema } from './schema.js';

export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly unit?: string;
  readonly source?: SourceMark;
  readonly path?: true;
  readonly form?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
}

export const schemaTree: SchemaNode = withoutTypeLists(
  z.toJSONSchema(machineSchema, { target: 'draft-7', io: 'input' }) as SchemaNode,
);

/** One form for "a text or null": alternatives, never a list of types. */
function withoutTypeLists(node: SchemaNode): SchemaNode {
  const { type, ...rest } = node;
  const children = {
    ...(node.items ? { items: withoutTypeLists(node.items) } : {}),
    ...(node.properties
      ? {
          properties: Object.fromEntries(
            Object.entries(node.properties).map(([k, v]) => [k, withoutTypeLists(v)]),
          ),
        }
      : {}),
  };
  if (!Array.isArray(type)) return { ...node, ...children };
  return { ...rest, ...children, anyOf: (type as string[]).map((one) => ({ type: one })) };
}

/** The schema for editors: the tree, with `extends` allowed at the top. */
export function editorSchema(): Record<string, unknown> {
  const { $schema, ...tree } = schemaTree as Record<string, unknown>;
  const extendsKey = {
    type: 'string',
    description: 'Another YAML file (relative to this one) that this one changes.',
  };
  return {
    $schema,
    title: 'Chrysalis machine configuration',
    ...tree,
    properties: { extends: extendsKey, ...schemaTree.properties },
  };
}

export function schemaAt(path: KeyPath): SchemaNode | undefined {
  let node: SchemaNode | undefined = schemaTree;
  for (const step of path) {
    if (!node) return undefined;
    if (node.items) node = /^\d+$/.test(String(step)) ? node.items : undefined;
    else node = node.properties?.[String(step)];
  }
  return node;
}

/** Types that the value may have: the node's own, or those of its alternatives. */
export function typesOf(node: SchemaNode): readonly string[] {
  return node.anyOf ? node.anyOf.flatMap(typesOf) : [node.type ?? 'string'];
}

/** Every key that is not a section, with its node; list elements appear as `list[]`. */
export function allKeys(): { key: string; node: SchemaNode }[] {
  const found: { key: string; node: SchemaNode }[] = [];
  const visit = (node: SchemaNode, key: string): void => {
    if (!node.properties && key !== '') found.push({ key, node });
    const children = Object.entries(node.properties ?? node.items?.properties ?? {});
    const prefix = node.items ? `${key}[]` : key;
    for (const [name, child] of children) visit(child, prefix === '' ? name : `${prefix}.${name}`);
  };
  visit(schemaTree, '');
  return found;
}

/** What a key takes, in words: "a whole number from 2 to 2048 (MB)". */
export function whatIsAllowed(node: SchemaNode): string {
  if (node.anyOf) {
    // Unit, form and path stand on the outer node; the type and range on the alternative.
    const { anyOf, ...outer } = node;
    return anyOf
      .map((one) => (one.type === 'null' ? 'null' : whatIsAllowed({ ...outer, ...one })))
      .join(' or ');
  }
  const unit = node.unit ? ` (${node.unit})` : '';
  if (node.enum) return `one of ${node.enum.join(', ')}`;
  switch (node.type) {
    case 'integer':
    case 'number':
      return `${node.type === 'integer' ? 'a whole number' : 'a number'} ${range(node)}${unit}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list of at most ${node.maxItems} entries`;
    case 'object':
      return `a section with the keys ${Object.keys(node.properties ?? {}).join(', ')}`;
    default:
      if (node.form) return node.form;
      if (node.path) return 'a file name';
      return node.maxLength === undefined
        ? 'a text'
        : `a text of at most ${node.maxLength} characters`;
  }
}

function range(node: SchemaNode): string {
  const bounded = (node.maximum ?? Infinity) < Number.MAX_SAFE_INTEGER;
  return bounded ? `from ${node.minimum} to ${node.maximum}` : `of at least ${node.minimum}`;
}
