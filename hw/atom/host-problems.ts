/**
 * Configurations of the host that cannot work, told in the user's words: each problem names the key
 * and goes on where `<key>` begins the sentence. What single keys allow (types, ranges) is the schema's
 * matter; here is what follows from how molecules are encoded and caches are indexed.
 */
import type { AtomClass, FirstLevelOptions, HostOptions } from '../options.js';
import {
  FEWEST_REGISTERS,
  FEWEST_TEMPORARIES,
  formatSlots,
  IMM_NAME,
  MAX_FORMATS,
  MAX_SLOTS,
} from './host-parts.js';

export interface HostProblem {
  /** Configuration key, as `host.l1d.lineBytes` or `host.formats[2]`. */
  readonly path: string;
  /** Continues a sentence that the key begins: `is 48, which is no power of two`. */
  readonly message: string;
}

export function hostProblems(options: HostOptions): HostProblem[] {
  return [
    ...unitProblems(options),
    ...options.formats.flatMap((text, i) =>
      formatProblems(options, formatSlots(text)).map((message) => ({
        path: `host.formats[${i}]`,
        message,
      })),
    ),
    ...abilityProblems(options),
    ...registerProblems(options),
    ...cacheProblems('host.l1i', options.l1i),
    ...cacheProblems('host.l1d', options.l1d),
    ...cacheProblems('host.l2', options.l2),
    ...memoryProblems(options),
  ];
}

/** Classes that translated code and the software's own routines cannot do without; control runs anywhere. */
const NEEDED: readonly AtomClass[] = ['alu', 'shift', 'multiply', 'divide', 'memory', 'branch'];

function unitProblems({ units }: HostOptions): HostProblem[] {
  const found: HostProblem[] = [];
  units.forEach(({ name }, i) => {
    const path = `host.units[${i}].name`;
    if (name === IMM_NAME)
      found.push({ path, message: `is ${IMM_NAME}, which in a format means the literal` });
    if (units.findIndex((u) => u.name === name) < i)
      found.push({ path, message: `is ${name}, as another unit's is` });
  });
  for (const needed of NEEDED)
    if (!units.some((u) => u.classes.includes(needed)))
      found.push({
        path: 'host.units',
        message: `has no unit for ${needed} atoms, which every program needs`,
      });
  return found;
}

function executes({ units }: HostOptions, name: string | undefined, unitClass: AtomClass): boolean {
  return units.some((u) => u.name === name && u.classes.includes(unitClass));
}

function formatProblems(options: HostOptions, slots: readonly string[]): string[] {
  const found: string[] = [];
  if (slots.length < 2 || slots.length > MAX_SLOTS || slots.length % 2 !== 0)
    found.push(`has ${slots.length} slots; a molecule has 2, 4, 6 or ${MAX_SLOTS}`);
  for (const name of new Set(slots)) {
    if (name !== IMM_NAME && !options.units.some((u) => u.name === name))
      found.push(`names ${name}, but no unit is called so`);
    if (slots.filter((s) => s === name).length > 1) found.push(`names ${name} more than once`);
  }
  if (slots[0] === IMM_NAME)
    found.push('begins with the literal; the first slot holds the number of the format');
  if (executes(options, slots[0], 'branch'))
    found.push('begins with a branch unit, whose atoms do not fit in the first slot');
  if (slots.filter((name) => executes(options, name, 'branch')).length > 1)
    found.push('has more than one branch unit; a molecule branches once');
  return found;
}

/** What the formats together must offer. */
function abilityProblems(options: HostOptions): HostProblem[] {
  const formats = options.formats.map(formatSlots);
  const found: HostProblem[] = [];
  const lacking = (message: string): void => {
    found.push({ path: 'host.formats', message });
  };
  if (formats.length === 0 || formats.length > MAX_FORMATS)
    lacking(`has ${formats.length} formats; 1 to ${MAX_FORMATS} can be encoded`);
  for (const { name } of options.units)
    if (!formats.some((slots) => slots.includes(name)))
      lacking(`has no format with the unit ${name}`);
  const offers = (unitClass: AtomClass, also: (slots: readonly string[]) => boolean): boolean =>
    formats.some(
      (slots) => also(slots) && slots.some((name) => executes(options, name, unitClass)),
    );
  const literal = (slots: readonly string[]): boolean => slots.includes(IMM_NAME);
  if (!offers('alu', literal))
    lacking(`has no format with ${IMM_NAME} and a unit for alu atoms, so constants cannot be made`);
  if (!offers('memory', literal))
    lacking(
      `has no format with ${IMM_NAME} and a unit for memory atoms, so no page can be checked`,
    );
  if (!offers('branch', (slots) => slots[1] !== IMM_NAME))
    lacking(
      `has no format in which a branch can commit (${IMM_NAME} in the second slot excludes it)`,
    );
  return found;
}

function registerProblems({ integerRegisters }: HostOptions): HostProblem[] {
  if (integerRegisters >= FEWEST_REGISTERS) return [];
  return [
    {
      path: 'host.integerRegisters',
      message:
        `is ${integerRegisters}; the guest's state and the software's own registers take ` +
        `${FEWEST_REGISTERS - FEWEST_TEMPORARIES}, and code needs ${FEWEST_TEMPORARIES} more: ${FEWEST_REGISTERS}`,
    },
  ];
}

const isPowerOfTwo = (n: number): boolean => n >= 1 && Number.isInteger(Math.log2(n));

function cacheProblems(
  path: string,
  { sizeKB, ways, lineBytes }: FirstLevelOptions,
): HostProblem[] {
  if (!isPowerOfTwo(lineBytes))
    return [{ path: `${path}.lineBytes`, message: `is ${lineBytes}, which is no power of two` }];
  const sets = (sizeKB * 1024) / (ways * lineBytes);
  if (isPowerOfTwo(sets)) return [];
  return [
    {
      path: `${path}.sizeKB`,
      message:
        `is ${sizeKB}: with ${ways} ways and lines of ${lineBytes} bytes that makes ${Math.round(sets)} sets, ` +
        `which is no power of two; ${nearestSizes(sets, ways * lineBytes).join(' or ')} would do`,
    },
  ];
}

/** In KB, around what was asked for. */
function nearestSizes(sets: number, setBytes: number): string[] {
  const below = 2 ** Math.floor(Math.log2(sets));
  return [below, 2 * below].map((n) => String((n * setBytes) / 1024));
}

function memoryProblems({ l1i, l1d, l2, tlb, ...options }: HostOptions): HostProblem[] {
  const found: HostProblem[] = [];
  const { storeBufferEntries, tBitGranuleBytes } = options;
  const inner = Math.max(l1i.lineBytes, l1d.lineBytes);
  if (l2.lineBytes < inner)
    found.push({
      path: 'host.l2.lineBytes',
      message: `is ${l2.lineBytes}, less than the ${inner} of a level-1 cache, whose lines must fit in`,
    });
  if (storeBufferEntries < 1)
    found.push({
      path: 'host.storeBufferEntries',
      message: `is ${storeBufferEntries}: no store could ever be done`,
    });
  if (tlb.entries % tlb.ways !== 0)
    found.push({
      path: 'host.tlb.entries',
      message: `is ${tlb.entries}, which ${tlb.ways} ways do not divide`,
    });
  if (!isPowerOfTwo(tBitGranuleBytes) || tBitGranuleBytes < 128 || tBitGranuleBytes > 4096)
    found.push({
      path: 'host.tBitGranuleBytes',
      message: `is ${tBitGranuleBytes}, which is no power of two from 128 to 4096`,
    });
  return found;
}
