/**
 * How a configuration key is declared: once, as one expression that holds its type, default,
 * range, unit, a sentence and the mark of where its default comes from. Types, validation, the
 * editor's JSON schema and docs/config.md are all derived from these declarations.
 *
 * The declarations are zod schemas; what zod has no word for (unit, source, path) travels as
 * metadata, which zod also copies into the JSON schema.
 */
import { z } from 'zod';

/** Where a default comes from; docs/config.md shows it beside the value. */
export type SourceMark = 'datasheet' | 'paper' | 'patent' | 'measured' | 'assumed';

export interface KeyInfo {
  /** One sentence: what the key means. */
  readonly doc: string;
  readonly unit?: string;
  /** Absent for keys that describe no hardware (what to boot, when to stop). */
  readonly source?: SourceMark;
}

interface NumberKey extends KeyInfo {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

/** Metadata as it appears in the JSON schema of a key. */
export interface KeyMeta {
  readonly description: string;
  readonly unit?: string;
  readonly source?: SourceMark;
  /** The value is a file name, relative to the file (or folder) that states it. */
  readonly path?: true;
  /** What a text must look like, in words. */
  readonly form?: string;
  readonly [more: string]: unknown;
}

function meta(info: KeyInfo, more: Partial<KeyMeta> = {}): KeyMeta {
  return {
    description: info.doc,
    ...(info.unit === undefined ? {} : { unit: info.unit }),
    ...(info.source === undefined ? {} : { source: info.source }),
    ...more,
  };
}

export const key = {
  int: (k: NumberKey) => z.int().min(k.min).max(k.max).default(k.default).meta(meta(k)),

  /** A whole number or null ("none"). */
  optionalInt: (k: KeyInfo & { default: number | null; min: number; max: number }) =>
    z.int().min(k.min).max(k.max).nullable().default(k.default).meta(meta(k)),

  real: (k: NumberKey) => z.number().min(k.min).max(k.max).default(k.default).meta(meta(k)),

  flag: (k: KeyInfo & { default: boolean }) => z.boolean().default(k.default).meta(meta(k)),

  text: (k: KeyInfo & { default: string; maxLength?: number }) =>
    z
      .string()
      .max(k.maxLength ?? 4096)
      .default(k.default)
      .meta(meta(k)),

  /** A text of a fixed form: `form` says it in words. */
  formed: (k: KeyInfo & { default: string; pattern: RegExp; form: string }) =>
    z
      .string()
      .regex(k.pattern)
      .default(k.default)
      .meta(meta(k, { form: k.form })),

  optionalText: (k: KeyInfo) => z.string().nullable().default(null).meta(meta(k)),

  choice: <const T extends string>(
    k: KeyInfo & { default: NoInfer<T>; of: readonly [T, ...T[]] },
  ) =>
    z
      .enum(k.of)
      .default(k.default as never)
      .meta(meta(k)),

  /** A file name or null ("none"). */
  path: (k: KeyInfo) =>
    z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .meta(meta(k, { path: true })),

  requiredPath: (k: KeyInfo) =>
    z
      .string()
      .min(1)
      .meta(meta(k, { path: true })),

  list: <T extends z.ZodType>(item: T, k: KeyInfo & { max: number; default?: z.output<T>[] }) =>
    z
      .array(item)
      .max(k.max)
      .default((k.default ?? []) as never)
      .meta(meta(k)),

  section: <S extends z.ZodRawShape>(doc: string, shape: S) =>
    z
      .strictObject(shape)
      .prefault({} as never)
      .meta({ description: doc }),

  /** The element of a list: an object without a default of its own. */
  item: <S extends z.ZodRawShape>(shape: S) => z.strictObject(shape),
} as const;
