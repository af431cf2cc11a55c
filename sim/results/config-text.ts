/**
 * A resolved configuration as a YAML file that runs as it is: every key with its value, and behind it
 * as a comment where the value came from. File names are absolute.
 */
import { Document, isMap, isSeq, type Node, Scalar } from 'yaml';
import type { KeyPath } from '../config/layer.js';
import { describeOrigin } from '../config/paths.js';
import type { ResolvedConfig } from '../config/resolve.js';

export function configText(resolved: ResolvedConfig): string {
  const document = new Document(resolved.config);
  document.commentBefore = ' Every key, its value, and where the value came from.';
  mark(document.contents as Node | null, [], (path) => describeOrigin(resolved.originOf(path)));
  return document.toString({ lineWidth: 0 });
}

function mark(node: Node | null, path: KeyPath, originOf: (path: KeyPath) => string): void {
  if (isMap(node)) {
    for (const { key, value } of node.items)
      mark(
        value as Node | null,
        [...path, String(key instanceof Scalar ? key.value : key)],
        originOf,
      );
  } else if (isSeq(node)) {
    for (const [i, item] of node.items.entries()) mark(item as Node, [...path, i], originOf);
  } else if (node) {
    node.comment = ` ${originOf(path)}`;
  }
}

/** Where each stated value came from, by dotted key; what is not named here is a default. */
export function statedOrigins(resolved: ResolvedConfig): Readonly<Record<string, string>> {
  const origins: Record<string, string> = {};
  const visit = (value: unknown, path: KeyPath): void => {
    if (typeof value === 'object' && value !== null) {
      const steps = Array.isArray(value) ? value.keys() : Object.keys(value);
      for (const step of steps)
        visit((value as Record<string | number, unknown>)[step], [...path, step]);
      return;
    }
    const origin = resolved.originOf(path);
    if (origin.kind !== 'default') origins[path.join('.')] = describeOrigin(origin);
  };
  visit(resolved.config, []);
  return origins;
}
