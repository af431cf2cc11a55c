/**
 * `run.json` of a results folder: schema `chrysalis/run/1`, what `run --json` prints as well. Here is
 * what readers may rely on; the object holds more (docs/results.md).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ExitCode, UserError } from '../../base/errors.js';
import type { MachineConfig } from '../config/schema.js';
import { decodeSeries, type Series } from './series.js';

export const runSchema = 'chrysalis/run/1';

export const FILES = {
  run: 'run.json',
  config: 'config.yaml',
  series: 'series.msgpack',
  console: 'console.log',
} as const;

const statistic = z.object({
  name: z.string(),
  value: z.number(),
  unit: z.string(),
  text: z.string(),
});

const image = z.object({ key: z.string(), file: z.string(), sha256: z.string() });

const recordShape = z.object({
  schema: z.literal(runSchema),
  version: z.string(),
  name: z.string(),
  guest: z.string(),
  outcome: z.looseObject({ kind: z.string() }),
  exitCode: z.number(),
  sentence: z.string(),
  /** The run was cut off from outside: the results are true, of a part of it. */
  partial: z.boolean(),
  instructions: z.number(),
  cycles: z.number(),
  idleCycles: z.number(),
  simulatedSeconds: z.number(),
  stateHash: z.string(),
  consoleHash: z.string(),
  resultHash: z.string(),
  statistics: z.array(statistic),
  config: z.custom<MachineConfig>((value) => typeof value === 'object' && value !== null),
  host: z.object({ wallSeconds: z.number(), mips: z.number() }),
  provenance: z.object({
    version: z.string(),
    commit: z.string().nullable(),
    code: z.string(),
    command: z.array(z.string()),
    folder: z.string(),
    images: z.array(image),
    startedAt: z.string(),
  }),
  /** What somebody typed at the guest's console, base64, each at its cycle. */
  typed: z.array(z.object({ cycle: z.number(), bytes: z.string() })),
  /** Whether a terminal paced the run. */
  interactive: z.boolean(),
});

export type RunRecord = z.output<typeof recordShape>;

/** The record of a results folder, or a sentence why it has none. */
export function readRunRecord(folder: string): RunRecord {
  const path = join(folder, FILES.run);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw refuse(folder, `holds no results of a run (${FILES.run}: ${code})`);
  }
  let parsed: z.ZodSafeParseResult<RunRecord>;
  try {
    parsed = recordShape.safeParse(JSON.parse(text));
  } catch {
    throw refuse(folder, `${FILES.run} is damaged: it is not JSON`);
  }
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  if (where === 'schema') throw refuse(folder, `${FILES.run} is not of schema ${runSchema}`);
  throw refuse(folder, `${FILES.run} is damaged or of another version, at ${where || 'its top'}`);
}

export function readSeries(folder: string): Series {
  try {
    return decodeSeries(readFileSync(join(folder, FILES.series)));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw refuse(folder, `${FILES.series} ${code ? `cannot be read (${code})` : 'is damaged'}`);
  }
}

function refuse(folder: string, what: string): UserError {
  return new UserError(`${folder}: ${what}`, ExitCode.usage);
}

/** Statistics by name, 0 where a run has none by it. */
export class Values {
  private readonly values: ReadonlyMap<string, number>;

  constructor(statistics: readonly { readonly name: string; readonly value: number }[]) {
    this.values = new Map(statistics.map(({ name, value }) => [name, value]));
  }

  get(name: string): number {
    return this.values.get(name) ?? 0;
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  names(): string[] {
    return [...this.values.keys()];
  }
}
