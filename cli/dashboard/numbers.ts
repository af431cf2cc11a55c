/** Numbers as text of a fixed width, so that nothing on the screen moves when they change. */
import { grouped } from '../statistics-text.js';

const STEPS = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** At most four digits and a unit: 7, 9,999, 12.3 k, 456 M. Six columns. */
export function short(n: number): string {
  if (!Number.isFinite(n)) return '-';
  const size = Math.abs(n);
  if (size < 1000 && !Number.isInteger(n)) return digits(n);
  if (size < 10_000) return grouped(Math.round(n));
  for (const [unit, name] of STEPS) {
    // What would round to 1000 of a unit is 1 of the next.
    if (size < unit * 0.9995) continue;
    const value = n / unit;
    return `${digits(value)} ${name}`;
  }
  return grouped(Math.round(n));
}

/** Three digits that count: 0.123, 1.23, 12.3, 123, 1,234. */
export function digits(n: number): string {
  if (!Number.isFinite(n)) return '-';
  const size = Math.abs(n);
  if (size < 0.9995) return n.toFixed(3);
  if (size < 9.995) return n.toFixed(2);
  if (size < 99.95) return n.toFixed(1);
  return grouped(Math.round(n));
}

/** Six columns at most: 0.0 %, 100 %. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '-';
  const percent = (100 * part) / whole;
  return `${percent >= 99.95 ? percent.toFixed(0) : percent.toFixed(1)} %`;
}

/** 7 s, 1:05, 2:03:04. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  const whole = Math.max(0, Math.round(seconds));
  const two = (n: number): string => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours}:${two(minutes)}:${two(whole % 60)}`;
  return whole < 60 ? `${whole} s` : `${minutes}:${two(whole % 60)}`;
}

export function hex(n: number, width = 8): string {
  return (n >>> 0).toString(16).padStart(width, '0');
}

export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  return n < 1024 * 1024 ? `${digits(n / 1024)} KB` : `${digits(n / 1024 / 1024)} MB`;
}
