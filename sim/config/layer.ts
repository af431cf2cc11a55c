/**
 * One layer of configuration as a tree whose every value knows where it was stated, and the
 * merging of layers: sections are merged key by key, everything else (lists too) is replaced.
 */

export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'flag'; readonly flag: string };

export type Scalar = string | number | boolean | null;

export interface ConfigNode {
  readonly origin: Origin;
  readonly value: Scalar | ReadonlyMap<string, ConfigNode> | readonly ConfigNode[];
}

export type KeyPath = readonly (string | number)[];

export const defaultOrigin: Origin = { kind: 'default' };

export function isSection(
  node: ConfigNode,
): node is ConfigNode & { value: ReadonlyMap<string, ConfigNode> } {
  return node.value instanceof Map;
}

export function isList(node: ConfigNode): node is ConfigNode & { value: readonly ConfigNode[] } {
  return Array.isArray(node.value);
}

/** `over` wins; the origin of a merged section is that of the last layer that touched it. */
export function mergeLayers(under: ConfigNode, over: ConfigNode): ConfigNode {
  if (!isSection(under) || !isSection(over)) return over;
  const merged = new Map(under.value);
  for (const [name, node] of over.value) {
    const below = merged.get(name);
    merged.set(name, below ? mergeLayers(below, node) : node);
  }
  return { origin: over.origin, value: merged };
}

/** The tree as plain values, for validation. */
export function plainValue(node: ConfigNode): unknown {
  if (isSection(node)) {
    return Object.fromEntries([...node.value].map(([name, child]) => [name, plainValue(child)]));
  }
  if (isList(node)) return node.value.map(plainValue);
  return node.value;
}

/** The node at a path, or undefined when no layer states it. */
export function nodeAt(root: ConfigNode, path: KeyPath): ConfigNode | undefined {
  let node: ConfigNode | undefined = root;
  for (const step of path) {
    if (!node) return undefined;
    if (isSection(node)) node = node.value.get(String(step));
    else if (isList(node)) node = node.value[Number(step)];
    else return undefined;
  }
  return node;
}

/** Where the value at a path was stated: its own origin, or that of the nearest thing around it. */
export function originAt(root: ConfigNode, path: KeyPath): Origin {
  for (let length = path.length; length > 0; length--) {
    const node = nodeAt(root, path.slice(0, length));
    if (node) return node.origin;
  }
  return root.origin;
}

/** A tree with `node` put at `path`; missing sections are made, a number steps into an existing list. */
export function withNode(root: ConfigNode, path: KeyPath, node: ConfigNode): ConfigNode {
  const [step, ...rest] = path;
  if (step === undefined) return node;
  if (isList(root) && /^\d+$/.test(String(step)) && Number(step) < root.value.length) {
    const items = [...root.value];
    const index = Number(step);
    items[index] = withNode(items[index] as ConfigNode, rest, node);
    return { origin: root.origin, value: items };
  }
  const section = new Map(isSection(root) ? root.value : []);
  const below = section.get(String(step)) ?? { origin: node.origin, value: new Map() };
  section.set(String(step), withNode(below, rest, node));
  return { origin: isSection(root) ? root.origin : node.origin, value: section };
}

export function keyText(path: KeyPath): string {
  return path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`))
    .join('');
}
