/**
 * Conditions of `--fail-if`: a figure, a comparison and a bound. With a percent sign the bound is a
 * change against the first variant, in percent; with a sign before it a change in its unit; else the
 * figure itself. `cycles>+2%`, `ipc<0.5`, `hostExit.alias>+100`.
 */
import { ExitCode, UserError } from '../../base/errors.js';
import { didYouMean } from '../config/nearest-name.js';
import { DERIVED, type Figures, figure, percentChange } from './figures.js';

export interface Tolerance {
  readonly text: string;
  readonly name: string;
  readonly operator: '>' | '>=' | '<' | '<=';
  readonly bound: number;
  readonly kind: 'percent' | 'change' | 'value';
}

const FORM =
  /^\s*([A-Za-z][\w.]*)\s*(>=|<=|>|<)\s*([+-]?)\s*(\d+(?:\.\d+)?(?:[eE]\d+)?)\s*(%?)\s*$/;

export function parseTolerance(text: string): Tolerance {
  const match = FORM.exec(text);
  if (!match)
    throw refuse(`--fail-if takes a condition such as cycles>+2% or ipc<0.5, and not "${text}"`);
  const [, name, operator, sign, digits, percent] = match as unknown as string[];
  return {
    text: text.trim(),
    name: name as string,
    operator: operator as Tolerance['operator'],
    bound: Number(digits) * (sign === '-' ? -1 : 1),
    kind: percent ? 'percent' : sign ? 'change' : 'value',
  };
}

export interface Violation {
  readonly condition: string;
  readonly variant: string;
  /** What the figure was compared as: percent, change or value. */
  readonly found: number;
  readonly sentence: string;
}

/** The violation of a condition by a variant, if it is one. */
export function violation(
  tolerance: Tolerance,
  variant: string,
  now: Figures,
  base: Figures,
): Violation | undefined {
  const [value, before] = [lookUp(tolerance, now), lookUp(tolerance, base)];
  const found =
    tolerance.kind === 'percent'
      ? percentChange(value, before)
      : tolerance.kind === 'change'
        ? value - before
        : value;
  if (!holds(found, tolerance)) return undefined;
  const shown =
    tolerance.kind === 'percent' ? `${signed(found, 2)} %` : String(Number(found.toPrecision(6)));
  const sentence = `${variant}: ${tolerance.name} is ${shown}, and --fail-if says ${tolerance.text}`;
  return { condition: tolerance.text, variant, found, sentence };
}

function holds(found: number, { operator, bound }: Tolerance): boolean {
  switch (operator) {
    case '>':
      return found > bound;
    case '>=':
      return found >= bound;
    case '<':
      return found < bound;
    case '<=':
      return found <= bound;
    default:
      return operator satisfies never;
  }
}

function lookUp({ name }: Tolerance, figures: Figures): number {
  const value = figure(figures, name);
  if (value !== undefined) return value;
  const known = [...DERIVED, ...figures.values.names()];
  throw refuse(
    `--fail-if ${name}: nothing is counted by this name${didYouMean(name, known)}; chrysalis stats describe shows what is`,
  );
}

export function signed(value: number, digits: number): string {
  return `${value >= 0 ? '+' : ''}${value.toFixed(digits)}`;
}

function refuse(message: string): UserError {
  return new UserError(message, ExitCode.usage);
}
