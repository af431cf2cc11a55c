/**
 * The sweep file: what stays the same, what varies (axes), on which guests (workloads), and what was
 * published of it. A file may extend another. Every mistake names its place, as in a configuration.
 */
import { dirname } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../../base/errors.js';
import {
  type ConfigNode,
  type KeyPath,
  keyText,
  nodeAt,
  originAt,
  plainValue,
} from '../config/layer.js';
import { didYouMean } from '../config/nearest-name.js';
import { describeOrigin } from '../config/paths.js';
import { readConfigFile } from '../config/yaml-file.js';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
/** Dotted key to value; lists and sections are values too. */
const assignments = z.record(z.string(), z.unknown());
const files = z.union([z.string(), z.array(z.string())]).transform((one) => [one].flat());

const changes = z.strictObject({ with: files.optional(), set: assignments.optional() });

const range = z
  .strictObject({
    from: z.number(),
    to: z.number(),
    step: z.number().positive().optional(),
    factor: z.number().gt(1).optional(),
    count: z.int().min(2).max(1000).optional(),
  })
  .refine((r) => [r.step, r.factor, r.count].filter((x) => x !== undefined).length === 1, {
    message: 'takes one of step, factor and count',
  });

const axis = z.union([z.array(scalar).min(1), range, z.record(z.string(), changes)]);

const workload = z.strictObject({
  name: z.string().min(1),
  with: files.optional(),
  set: assignments.optional(),
});

const published = z.strictObject({
  /** What was found, in words. */
  text: z.string(),
  source: z.string(),
  /** A figure: cycles, cpi, translatedCpi, or a counter. */
  metric: z.string().default('cycles'),
  /** The point that it is about, by axis; axes that are not named are those of the baseline. */
  at: z.record(z.string(), scalar).default({}),
  /** The point that it is compared with; without one the figure itself is meant. */
  against: z.record(z.string(), scalar).optional(),
  /** Percent of change, or the figure itself; null when only the direction is known. */
  value: z.number().nullable().default(null),
  expect: z.enum(['more', 'fewer', 'same']).optional(),
});

const sweepShape = z.strictObject({
  name: z.string().regex(/^[\w.-]{1,80}$/),
  title: z.string().optional(),
  text: z.string().optional(),
  base: z.string().default('tm5800'),
  with: files.default([]),
  set: assignments.default({}),
  workloads: z.union([z.string(), z.array(workload).min(1)]).optional(),
  axes: z.record(z.string(), axis),
  where: files.default([]),
  /** Value of each axis that the others are relative to; the first one where nothing is said. */
  baseline: z.record(z.string(), scalar).default({}),
  metrics: z.array(z.string()).default(['cycles', 'ipc']),
  pareto: z.strictObject({ x: z.string(), y: z.string() }).optional(),
  /** A figure beside those that follow from the axes. */
  figure: z.enum(['startup']).optional(),
  published: z.array(published).default([]),
});

const workloadFileShape = z.strictObject({ workloads: z.array(workload).min(1) });

export type SweepFile = z.output<typeof sweepShape>;
export type AxisFile = z.output<typeof axis>;
export type Workload = z.output<typeof workload>;
export type Published = z.output<typeof published>;
export type Scalar = z.output<typeof scalar>;

/** A sentence about a place of the sweep file. */
export type Complain = (path: KeyPath, sentence: string) => ConfigError;

export interface ReadSweep {
  readonly file: string;
  readonly folder: string;
  readonly sweep: SweepFile;
  readonly complain: Complain;
}

export function readSweepFile(file: string): ReadSweep {
  const layer = readConfigFile(file);
  const sweep = checked(layer, sweepShape);
  return { file, folder: dirname(file), sweep, complain: complaining(layer) };
}

/** Workloads that several sweeps share. */
export function readWorkloads(file: string): readonly Workload[] {
  return checked(readConfigFile(file), workloadFileShape).workloads;
}

function complaining(layer: ConfigNode): Complain {
  return (path, sentence) =>
    new ConfigError(`${describeOrigin(originAt(layer, path))}: ${keyText(path)}: ${sentence}`);
}

function checked<T extends z.ZodType>(layer: ConfigNode, shape: T): z.output<T> {
  const parsed = shape.safeParse(plainValue(layer));
  if (parsed.success) return parsed.data;
  const complain = complaining(layer);
  const lines = parsed.error.issues.flatMap((issue) => {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    if (issue.code !== 'unrecognized_keys')
      return [complain(path, mistake(layer, path, issue)).message];
    return issue.keys.map((key) => complain([...path, key], unknownKey(key, path)).message);
  });
  throw new ConfigError([...new Set(lines)].join('\n'));
}

const KNOWN = Object.keys(sweepShape.shape);
const INNER = [
  'name',
  'with',
  'set',
  'text',
  'source',
  'metric',
  'at',
  'against',
  'value',
  'expect',
  'x',
  'y',
];

function unknownKey(key: string, path: KeyPath): string {
  const known = path.length === 0 ? KNOWN : INNER;
  const near = didYouMean(key, known);
  return near === '' && path.length === 0
    ? `no such key; a sweep has ${KNOWN.join(', ')}`
    : `no such key${near}`;
}

const FORMS: Readonly<Record<string, string>> = {
  axes: 'an axis is a list of values, a range {from, to, step | factor | count}, or names with {with, set}',
  workloads: 'workloads are the name of a file, or a list of {name, with, set}',
};

function mistake(layer: ConfigNode, path: KeyPath, issue: z.core.$ZodIssue): string {
  if (!nodeAt(layer, path)) return 'is missing';
  const form = FORMS[String(path[0])];
  if (issue.code === 'invalid_union' && form !== undefined) return form;
  return issue.message.replace(/^Invalid input: /, '').replace(/^\w/, (c) => c.toLowerCase());
}
