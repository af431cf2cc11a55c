/**
 * What single mnemonics need beyond the common scheme: pointers in fixed registers, counts, and
 * operands in the region where results differ. Also what they must not get, because the manual
 * leaves the result undefined or because the kernel would answer instead of the processor.
 */
import type { Rng } from '../../../base/rng.js';
import { operandBytes } from '../../../guest-isa/insn/operand-codes.js';
import { descriptorOf, SEGMENT_SETS } from '../stage-layout.js';
import { codeOffset, codeSelector, dataSelector } from './operand-values.js';
import { pointRegister } from './place-memory.js';
import { putMemory, type RowDraft } from './plan-row.js';
import { x87Values } from './x87-values.js';

const EAX = 0;
const ECX = 1;
const EDX = 2;
const EBX = 3;
const ESP = 4;
const EBP = 5;
const ESI = 6;
const EDI = 7;
const ES = 0;
const SS = 2;
const DS = 3;

type Special = (d: RowDraft) => void;

export function specialValues(d: RowDraft): void {
  const { mnemonic } = d.row;
  if (d.c.x87) x87Values(d);
  if (STACK.test(mnemonic)) pointStack(d);
  if (d.row.repeat !== 'none') stringOperands(d);
  for (const [pattern, special] of SPECIALS) if (pattern.test(mnemonic)) special(d);
}

const STACK = /^(push|pop|call|ret|enter|leave|iret)/;

const addressMask = (d: RowDraft): number => (d.form.addrSize === 2 ? 0xffff : -1);
const stackMask = (d: RowDraft): number =>
  descriptorOf(SEGMENT_SETS[d.c.segments][SS])?.big ? -1 : 0xffff;

function set(d: RowDraft, register: number, value: number): void {
  if (!d.pinned.has(register)) d.c.registers[register] = value;
}

function pointStack(d: RowDraft): void {
  const bytes = /a$|ad$/.test(d.row.mnemonic) ? 8 * d.form.opSize : d.form.opSize;
  const pops = /^(pop|ret|leave|iret)/.test(d.row.mnemonic);
  const at = pointRegister(d, ESP, SS, stackMask(d), bytes);
  if (d.row.mnemonic === 'leave' || d.row.mnemonic === 'enter')
    pointRegister(d, EBP, SS, stackMask(d), bytes);
  // What is pushed lies below: move up, so that the access and not the pointer hits the chosen spot.
  if (!pops && d.rng.chance(0.8)) d.c.registers[ESP] = (d.c.registers[ESP] + bytes) | 0;
  if (/^(ret|iret)/.test(d.row.mnemonic)) putMemory(d, at, [codeOffset(d.rng)], 4);
}

/** Counts of 0 to 20; often equal strings, so that repeated compares run on. */
function stringOperands(d: RowDraft): void {
  const { rng, c, row } = d;
  const mask = addressMask(d);
  const unit = row.operands.map((o) => operandBytes(o, d.form.opSize)).find((n) => n > 0) ?? 1;
  const count = rng.chance(0.15) ? 0 : 1 + rng.below(20);
  const source = row.operands.some((o) => o[0] === 'X');
  const target = row.operands.some((o) => o[0] === 'Y');
  const from = source ? pointRegister(d, ESI, d.form.segment ?? DS, mask, unit) : 0;
  const to = target ? pointRegister(d, EDI, ES, mask, unit) : 0;
  set(d, ECX, (c.registers[ECX] & ~mask) | count);
  if (source && target && rng.chance(0.15))
    set(d, EDI, (c.registers[ESI] + unit * (rng.below(5) - 2)) | 0);
  if (row.repeat !== 'repz') return;
  const value = rng.below(256);
  const equal = Math.min(32, unit * (1 + rng.below(6)));
  const words = new Array(8).fill(Math.imul(value, 0x01010101));
  const down = (c.eflags & 0x400) !== 0 ? equal - unit : 0;
  putMemory(d, to - down, words, equal);
  if (source && Math.abs(from - to) >= equal) putMemory(d, from - down, words, equal);
  else set(d, EAX, rng.chance(0.7) ? Math.imul(value, 0x01010101) : c.registers[EAX]);
}

function shiftCount(rng: Rng): number {
  return rng.chance(0.7) ? rng.below(35) : rng.below(256);
}

/** Bytes of the operand that a row works on. */
const width = (d: RowDraft): number =>
  operandBytes(d.row.operands[0] ?? 'Ev', d.form.opSize) || d.form.opSize;

function setCount(d: RowDraft, limit: number): void {
  let count = shiftCount(d.rng);
  if ((count & 31) > limit) count = (count & ~31) | ((count & 31) % (limit + 1));
  set(d, ECX, (d.c.registers[ECX] & ~0xff) | count);
  if (d.pinned.has(ECX) && (d.c.registers[ECX] & 31) > limit && d.row.operands.includes('CL')) {
    d.c.registers[ECX] &= ~0x1f;
  }
  const last = d.row.operands[d.row.operands.length - 1];
  if (last === 'Ib') d.choice.immediates[d.choice.immediates.length - 1] = count;
}

/** Half of the dividends small enough to be divided. */
function dividend(d: RowDraft): void {
  const { rng, c } = d;
  if (rng.chance(0.35)) return;
  const bytes = width(d);
  const shift = rng.below(32);
  const small = rng.chance(0.5) ? 0 : -1;
  if (bytes === 1)
    set(
      d,
      EAX,
      (c.registers[EAX] & ~0xffff) | (((rng.u32() << 16) >> (16 + (shift & 15))) & 0xffff),
    );
  else set(d, EDX, rng.chance(0.5) ? small : (rng.u32() | 0) >> shift);
}

/** Bit numbers that reach into memory around the operand. */
function bitNumber(d: RowDraft): void {
  const register = d.choice.reg ?? 0;
  if (d.memoryAt < 0 || d.row.operands[1] !== 'Gv') return;
  if (d.pinned.has(register)) {
    d.choice.reg = [0, 1, 2, 3, 6, 7].find((r) => !d.pinned.has(r)) ?? register;
  }
  const range = d.rng.pick([16, 64, 2000, 40000]);
  set(d, d.choice.reg ?? 0, d.rng.below(2 * range) - range);
}

function selectorIn(d: RowDraft, selector: number): void {
  const { rm } = d.choice;
  if (typeof rm === 'number') set(d, rm, (d.c.registers[rm] & ~0xffff) | selector);
  else if (d.memoryAt >= 0) putMemory(d, d.memoryAt, [selector], Math.min(2, d.memoryBytes));
}

/** Far pointer in memory: offset, then selector. */
function farPointer(d: RowDraft, offset: number, selector: number): void {
  if (d.memoryAt < 0) return;
  const words = d.form.opSize === 4 ? [offset, selector] : [(offset & 0xffff) | (selector << 16)];
  putMemory(d, d.memoryAt, words, d.form.opSize + 2);
}

function stackImage(d: RowDraft, words: readonly number[]): void {
  const base = descriptorOf(SEGMENT_SETS[d.c.segments][SS])?.base ?? 0;
  const at = ((d.c.registers[ESP] & stackMask(d)) + base) >>> 0;
  const size = d.form.opSize;
  d.c.patches.length = 0;
  if (size === 4) putMemory(d, at, words, 4 * words.length);
  else {
    const packed: number[] = [];
    for (let i = 0; i < words.length; i += 2)
      packed.push((words[i] & 0xffff) | ((words[i + 1] ?? 0) << 16));
    putMemory(d, at, packed, 2 * words.length);
  }
}

/** EFLAGS image: anything but TF, which drives the native run. */
const flagsImage = (rng: Rng): number => (rng.u32() & ~0x100) | 0;

const SPECIALS: readonly (readonly [RegExp, Special])[] = [
  [/^(rol|ror|rcl|rcr|shl|shr|sar)$/, (d) => setCount(d, 31)],
  // Counts above the operand's width leave the result undefined (SDM vol. 2, SHLD, SHRD).
  [/^sh[lr]d$/, (d) => setCount(d, d.form.opSize === 2 ? 16 : 31)],
  [/^i?div$/, dividend],
  [/^bt[src]?$/, bitNumber],
  [
    /^(daa|das|aaa|aas|aam|aad)$/,
    (d) => {
      set(
        d,
        EAX,
        (d.rng.u32() & ~0xffff) | (d.rng.below(d.rng.pick([256, 16])) << 8) | d.rng.below(256),
      );
      if (d.choice.immediates.length > 0 && d.rng.chance(0.7))
        d.choice.immediates[0] = d.rng.pick([10, 10, 16, 0, 1, 7]);
    },
  ],
  [
    /^(loop|jcxz|jecxz)/,
    (d) => {
      if (d.rng.chance(0.6))
        set(d, ECX, d.rng.pick([0, 1, 2, 0x10000, 0x10001, 0xffff0000 | 0, -1]));
    },
  ],
  [
    /^xlatb?$/,
    (d) => {
      const at = pointRegister(d, EBX, d.form.segment ?? DS, addressMask(d), 1);
      d.c.registers[EBX] =
        (d.c.registers[EBX] & ~addressMask(d)) |
        ((d.c.registers[EBX] - (d.c.registers[EAX] & 0xff)) & addressMask(d));
      putMemory(d, at, [d.rng.u32()], 1);
    },
  ],
  [
    /^cmpxchg$/,
    (d) => {
      // Half of the comparisons succeed.
      if (d.memoryAt >= 0 && d.rng.chance(0.5))
        putMemory(d, d.memoryAt, [d.c.registers[EAX]], d.memoryBytes);
      else if (typeof d.choice.rm === 'number' && d.rng.chance(0.5))
        set(d, d.choice.rm, d.c.registers[EAX]);
    },
  ],
  [
    /^cmpxchg8b$/,
    (d) => {
      if (d.rng.chance(0.5)) putMemory(d, d.memoryAt, [d.c.registers[EAX], d.c.registers[EDX]], 8);
    },
  ],
  [
    /^enter$/,
    (d) => {
      d.choice.immediates[0] = d.rng.chance(0.8) ? d.rng.below(600) : d.rng.below(0x10000);
      d.choice.immediates[1] = d.rng.chance(0.5) ? d.rng.below(3) : d.rng.below(64);
    },
  ],
  [
    /^pushfd?$/,
    (d) => {
      d.c.run = true;
    },
  ],
  [/^popfd?$/, (d) => stackImage(d, [flagsImage(d.rng)])],
  [
    /^bound$/,
    (d) => {
      const low = d.rng.below(100) - 50;
      const register = d.choice.reg ?? 0;
      if (d.rng.chance(0.6)) {
        const high = low + d.rng.below(50);
        putMemory(
          d,
          d.memoryAt,
          d.form.opSize === 4 ? [low, high] : [(low & 0xffff) | (high << 16)],
          d.memoryBytes,
        );
        set(d, register, low + d.rng.below(60) - 5);
      }
    },
  ],
  [
    /^(mov|lar|lsl|verr|verw|arpl)$/,
    (d) => {
      const loads = d.row.mnemonic !== 'mov' || d.row.operands[0][0] === 'S';
      const takes = d.row.operands.some((o) => o[0] === 'S') || d.row.mnemonic !== 'mov';
      if (loads && takes) selectorIn(d, dataSelector(d.rng));
      if (d.row.mnemonic === 'arpl') set(d, d.choice.reg ?? 0, d.rng.u32() | 0);
    },
  ],
  [
    /^pop$/,
    (d) => {
      if (/^[ESDFG]S$/.test(d.row.operands[0])) stackImage(d, [dataSelector(d.rng)]);
    },
  ],
  [/^l[sdefg]s$/, (d) => farPointer(d, d.rng.u32() | 0, dataSelector(d.rng))],
  [/^(jmp|call|jmpf|callf|jmp far|call far)$/, farTarget],
  [/^(retf|ret far|lret)$/, (d) => stackImage(d, [codeOffset(d.rng), codeSelector(d.rng)])],
  [/^iretd?$/, (d) => stackImage(d, [codeOffset(d.rng), codeSelector(d.rng), flagsImage(d.rng)])],
  // int 80h is a system call here, whatever the processor would make of it.
  [
    /^int$/,
    (d) => {
      if ((d.choice.immediates[0] & 0xff) === 0x80) d.choice.immediates[0] = 4;
    },
  ],
];

function farTarget(d: RowDraft): void {
  const code = d.row.operands[0];
  if (code[0] === 'A') {
    d.choice.immediates[0] = codeOffset(d.rng);
    d.choice.immediates[1] = codeSelector(d.rng);
  } else if (code === 'Mp' || code === 'Ep') farPointer(d, codeOffset(d.rng), codeSelector(d.rng));
  else if (code[0] === 'E' && d.rng.chance(0.7)) {
    const { rm } = d.choice;
    const offset = codeOffset(d.rng);
    if (typeof rm === 'number') set(d, rm, offset);
    else putMemory(d, d.memoryAt, [offset], d.memoryBytes);
  }
}
