/**
 * Reads a YAML configuration file into a layer with a position for every value, and follows its
 * `extends:` chain. YAML 1.2 core schema; duplicate keys, several documents in one file, keys
 * that are not text and tags of other types are refused.
 */
import { dirname, extname, resolve } from 'node:path';
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml';
import { ConfigError } from '../../base/errors.js';
import type { ConfigNode, Origin, Scalar } from './layer.js';
import { mergeLayers } from './layer.js';
import { displayPath } from './paths.js';
import { FileProblem, readUserFile } from './user-file.js';

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
  const problem = (what: string): ConfigError => new ConfigError(`${where}${name}: ${what}`);
  let bytes: Uint8Array;
  try {
    bytes = readUserFile(file, largestFileBytes);
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    const isBareName = from && error.kind === 'missing' && extname(file) === '';
    const remedy = isBareName ? EXTENDS_TAKES : '';
    const what = `the configuration file ${error.message}${remedy}`;
    throw problem(error.kind === 'tooLarge' ? notYaml : what);
  }
  if (bytes.includes(0)) throw problem(notYaml);
  return new TextDecoder().decode(bytes);
}

const EXTENDS_TAKES =
  '; extends takes the path of a file, relative to the one that states it (a preset by its name is for --with)';

const notYaml =
  'is not a YAML text file; to boot a kernel give it with --kernel, --multiboot or --rom';

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
  if (problem) fail(problem.pos[0], mistakeText(problem.message));
  const root = document?.contents;
  if (!root || (isScalar(root) && root.value === null)) return { origin: start, value: new Map() };
  if (!isMap(root))
    fail(
      root.range?.[0] ?? 0,
      'a configuration is a list of keys and values, such as "name: mine"',
    );

  return new Conversion(document as never, origin, fail).node(root as Node, 0, 0);
}

function mistakeText(message: string): string {
  // The parser calls itself for each level, and reports where it ran out of stack.
  if (/call stack/.test(message)) return tooDeep;
  return `not valid YAML: ${message.replaceAll('\n', ' ')}`;
}

/** More than any machine needs; what is larger is a mistake or an attack by aliases of aliases. */
const mostValues = 100_000;
const deepestLevel = 64;
const tooDeep = `values lie deeper than ${deepestLevel} levels in each other`;

/** The document's tree as a layer, aliases replaced by what they stand for. */
class Conversion {
  private values = 0;
  /** What the aliases around the node stand for. */
  private readonly open = new Set<unknown>();

  constructor(
    private readonly document: Document,
    private readonly origin: (offset: number) => FileOrigin,
    private readonly fail: (offset: number, message: string) => never,
  ) {}

  /** `offset` is the place of what holds the node, for nodes without a place. */
  node(node: Node | null, offset: number, level: number): ConfigNode {
    const begin = node?.range?.[0] ?? offset;
    const origin = this.origin(begin);
    if (++this.values > mostValues)
      this.fail(begin, `the configuration has more than ${mostValues} values`);
    if (level > deepestLevel) this.fail(begin, tooDeep);
    if (node === null) return { origin, value: null };
    if (isAlias(node)) return { origin, value: this.alias(node, begin, level) };
    if (isSeq(node)) {
      const items = node.items.map((item) => this.node(item as Node, begin, level + 1));
      return { origin, value: items };
    }
    if (isMap(node)) return { origin, value: this.section(node, begin, level) };
    const scalar = isScalar(node) ? node.value : undefined;
    const plain = scalar === null || ['string', 'number', 'boolean'].includes(typeof scalar);
    if (!plain) return this.fail(begin, 'only texts, numbers, true, false and null may be values');
    return { origin, value: scalar as Scalar };
  }

  private alias(alias: Alias, offset: number, level: number): ConfigNode['value'] {
    const target = alias.resolve(this.document);
    if (!target) return this.fail(offset, `the alias *${alias.source} names no anchor`);
    if (this.open.has(target))
      return this.fail(offset, `the alias *${alias.source} lies inside of what it stands for`);
    this.open.add(target);
    const { value } = this.node(target as Node, offset, level + 1);
    this.open.delete(target);
    return value;
  }

  private section(map: YAMLMap, offset: number, level: number): Map<string, ConfigNode> {
    const section = new Map<string, ConfigNode>();
    for (const pair of map.items) {
      const key = pair.key as Node;
      const keyOffset = key?.range?.[0] ?? offset;
      if (!isScalar(key) || typeof key.value !== 'string')
        return this.fail(keyOffset, 'a key must be a plain word');
      const { value } = this.node(pair.value as Node | null, keyOffset, level + 1);
      section.set(key.value, { origin: this.origin(keyOffset), value });
    }
    return section;
  }
}
