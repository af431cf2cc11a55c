/** Linear and logarithmic scales from values to pixels, with round ticks. */

export interface Scale {
  readonly kind: 'linear' | 'log';
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  at(value: number): number;
}

type Range = readonly [number, number];

/** `wanted` is about how many ticks fit. */
export function linearScale(
  values: readonly number[],
  range: Range,
  wanted = 6,
  zero = true,
): Scale {
  const finite = values.filter(Number.isFinite);
  let [low, high] = [
    Math.min(...finite, zero ? 0 : Infinity),
    Math.max(...finite, zero ? 0 : -Infinity),
  ];
  if (!(high > low)) [low, high] = [Math.min(low, 0), Math.max(high, low + 1)];
  if (!Number.isFinite(low)) [low, high] = [0, 1];
  const step = niceStep((high - low) / wanted);
  const domain = [
    Math.floor(low / step + 1e-9) * step,
    Math.ceil(high / step - 1e-9) * step,
  ] as const;
  const count = Math.round((domain[1] - domain[0]) / step);
  const ticks = Array.from({ length: count + 1 }, (_, i) => round(domain[0] + i * step));
  return {
    kind: 'linear',
    domain,
    ticks,
    at: (v) => between((v - domain[0]) / (domain[1] - domain[0]), range),
  };
}

/** From zero to the largest value and not beyond: for what runs along an axis to its end. */
export function lengthScale(values: readonly number[], range: Range, wanted = 6): Scale {
  const most = Math.max(...values.filter(Number.isFinite), 1e-9);
  const step = niceStep(most / wanted);
  const count = Math.floor(most / step + 1e-9);
  const ticks = Array.from({ length: count + 1 }, (_, i) => round(i * step));
  return { kind: 'linear', domain: [0, most], ticks, at: (v) => between(v / most, range) };
}

/** Zeros and negative values have no place on it: they are clamped to its begin. */
export function logScale(values: readonly number[], range: Range, wanted = 7): Scale {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  const low = positive.length > 0 ? Math.min(...positive) : 1;
  const high = Math.max(low * 1.0001, ...positive);
  const decades = Math.log10(high / low);
  const ticks = logTicks(low, high, decades < wanted / 2 ? [1, 2, 5] : [1]);
  const [from, to] = [Math.log10(low), Math.log10(high)];
  return {
    kind: 'log',
    domain: [low, high],
    ticks: ticks.length >= 2 ? ticks : [low, high],
    at: (v) => between((Math.log10(Math.max(v, low)) - from) / (to - from), range),
  };
}

function logTicks(low: number, high: number, factors: readonly number[]): number[] {
  const ticks: number[] = [];
  for (let exponent = Math.floor(Math.log10(low)); 10 ** exponent <= high; exponent++)
    for (const factor of factors) {
      const tick = round(factor * 10 ** exponent);
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
    }
  return ticks;
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((f) => f * power >= rough * 0.999) ?? 10;
  return factor * power;
}

const round = (value: number): number => Number(value.toPrecision(12));

function between(part: number, [from, to]: Range): number {
  return from + part * (to - from);
}

/** Ticks in as few digits as tell them apart. */
export function tickLabels(ticks: readonly number[]): string[] {
  for (let digits = 3; digits < 9; digits++) {
    const labels = ticks.map((tick) => compact(tick, digits));
    if (new Set(labels).size === labels.length) return labels;
  }
  return ticks.map(String);
}

/** A tick of an axis of changes: "+2.5 %". */
export function percentTick(value: number): string {
  const shown = Number(value.toPrecision(4));
  return `${shown > 0 ? '+' : ''}${shown} %`;
}

/** 1,500,000 as "1.5 M". */
export function compact(value: number, digits = 3): string {
  const sizes: readonly (readonly [number, string])[] = [
    [1e12, ' T'],
    [1e9, ' G'],
    [1e6, ' M'],
    [1e3, ' k'],
  ];
  const size = Math.abs(value);
  const found = sizes.find(([unit]) => size >= unit * 0.9995);
  if (!found) return String(Number(value.toPrecision(digits)));
  return `${Number((value / found[0]).toPrecision(digits))}${found[1]}`;
}
