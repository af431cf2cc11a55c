/**
 * From trees (item.ts) to bytes, for a place in memory and a kind of code segment. Everything is
 * written as 32-bit code; for 16-bit segments each instruction gets, or loses, its size prefixes.
 * Absolute addresses of code and of shared words go through ss, which is flat in every environment.
 */
import { Disassembler } from '../../guest-isa/disasm/disassemble.js';
import { rows } from '../../guest-isa/insn/index.js';
import {
  CODE_ALIAS,
  FAR16_BASE,
  FLIP,
  FLIP_OTHER,
  KERNEL_FAR_16,
  RECOVER,
  SAVED_ESP,
  TICKS,
  USER_FAR_16,
} from './guest-map.js';
import type { Item, PatchChange } from './item.js';

export interface Place {
  /** Linear address of the first byte. */
  readonly at: number;
  readonly code32: boolean;
  /** Linear address of offset 0 of the code segment. */
  readonly csBase: number;
  readonly user: boolean;
  readonly paging: boolean;
}

/** Code that goes to another physical page. */
export interface Section {
  readonly physical: number;
  readonly bytes: readonly number[];
}

export interface Assembled {
  readonly bytes: readonly number[];
  readonly sections: readonly Section[];
}

/** What a change patches: an instruction, at which of its bytes, and by which opcode and immediate. */
interface Change {
  readonly target: readonly number[];
  readonly at: number;
  readonly opcode: readonly number[];
  readonly immediate: readonly number[];
}

/** add eax, 0x01020304 */
const ADD = [0x05, 4, 3, 2, 1];
/** mov eax, [ebx+0x40] */
const LOAD = [0x8b, 0x83, 0x40, 0, 0, 0];
const CHANGES: Readonly<Record<Exclude<PatchChange, 'jump' | 'copy'>, Change>> = {
  immediate: { target: ADD, at: 1, opcode: [0x83, 0x05], immediate: [3] },
  register: { target: ADD, at: 1, opcode: [0x89, 0x15], immediate: [] },
  byte: { target: ADD, at: 2, opcode: [0xfe, 0x05], immediate: [] },
  opcode: { target: ADD, at: 0, opcode: [0x80, 0x35], immediate: [0x28] },
  displacement: { target: LOAD, at: 2, opcode: [0x80, 0x35], immediate: [4] },
};

const disassembler = new Disassembler(rows);
const SS_PREFIX = 0x36;
/** pusha; cpuid; popa */
const SERIALIZE = [0x60, 0x0f, 0xa2, 0x61];

export const little = (value: number): number[] =>
  [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

export function assembleItems(items: readonly Item[], place: Place): Assembled {
  const writer = new Writer(place, []);
  writer.items(items);
  return { bytes: writer.bytes, sections: writer.sections };
}

class Writer {
  readonly bytes: number[] = [];

  constructor(
    private readonly place: Place,
    readonly sections: Section[],
  ) {}

  items(items: readonly Item[]): void {
    for (const item of items) this.item(item);
  }

  /** Linear address of the next byte. */
  private get here(): number {
    return this.place.at + this.bytes.length;
  }

  /** One instruction, as 32-bit code. */
  private one(...bytes: readonly number[]): void {
    if (this.place.code32) this.bytes.push(...bytes);
    else this.bytes.push(...otherSize(bytes));
  }

  private plain(bytes: readonly number[]): void {
    if (this.place.code32) {
      this.bytes.push(...bytes);
      return;
    }
    for (let at = 0; at < bytes.length; ) {
      const length = Math.max(1, disassembler.at(bytes.slice(at, at + 15), 0, true).length);
      this.one(...bytes.slice(at, at + length));
      at += length;
    }
  }

  /** What another writer makes of items right here. */
  private sub(items: readonly Item[], skipped = 0): number[] {
    const writer = new Writer({ ...this.place, at: this.here + skipped }, this.sections);
    writer.items(items);
    return writer.bytes;
  }

  /** A branch (its opcode bytes) over so many bytes behind it. */
  private over(opcode: readonly number[], distance: number): void {
    this.one(...opcode, ...little(distance));
  }

  /** Length of a near branch in this code. */
  private branchLength(opcodeLength: number): number {
    return opcodeLength + 4 + (this.place.code32 ? 0 : 2);
  }

  private item(item: Item): void {
    switch (item.kind) {
      case 'plain':
        this.plain(item.bytes);
        return;
      case 'loop':
        this.loop(item.count, item.body);
        return;
      case 'unless': {
        const body = this.sub(item.body, this.branchLength(2));
        this.over([0x0f, 0x80 | item.condition], body.length);
        this.bytes.push(...body);
        return;
      }
      case 'either':
        this.either(item.condition, item.body, item.other);
        return;
      case 'call':
        this.call(item.indirect, item.body);
        return;
      case 'table':
        this.table(item.register, item.bodies);
        return;
      case 'guard':
        this.guard(item.body);
        return;
      case 'patch':
        if (item.change === 'jump') this.patchJump(item);
        else if (item.change === 'copy') this.patchCopy(item);
        else this.patch(item, CHANGES[item.change]);
        return;
      case 'dataInCode':
        this.dataInCode(item.alias, item.body);
        return;
      case 'far16':
        this.far16(item.body);
        return;
      case 'flip':
        this.flip(item.mask, item.body, item.other);
    }
  }

  /** push ebp; mov ebp, count; body; dec ebp; jnz body; pop ebp */
  private loop(count: number, body: readonly Item[]): void {
    this.one(0x55);
    this.one(0xbd, ...little(count));
    const start = this.here;
    this.items(body);
    this.one(0x4d);
    this.over([0x0f, 0x85], start - this.here - this.branchLength(2));
    this.one(0x5d);
  }

  private either(condition: number, first: readonly Item[], second: readonly Item[]): void {
    const one = this.sub(first, this.branchLength(2));
    const skip = this.branchLength(1);
    const two = this.sub(second, this.branchLength(2) + one.length + skip);
    this.over([0x0f, 0x80 | condition], one.length + skip);
    this.bytes.push(...one);
    this.over([0xe9], two.length);
    this.bytes.push(...two);
  }

  /** call sub; jmp behind; sub: body, ret. */
  private call(indirect: boolean, body: readonly Item[]): void {
    const skip = this.branchLength(1);
    // mov eax, offset; call eax
    const callLength = indirect ? this.sizeOf(0xb8, 0, 0, 0, 0) + this.sizeOf(0xff, 0xd0) : skip;
    const start = this.here + callLength + skip;
    const sub = [...this.sub(body, callLength + skip), ...this.sized(0xc3)];
    if (indirect) {
      this.one(0xb8, ...little(start - this.place.csBase));
      this.one(0xff, 0xd0);
    } else this.over([0xe8], skip);
    this.over([0xe9], sub.length);
    this.bytes.push(...sub);
  }

  private sized(...bytes: readonly number[]): number[] {
    return this.place.code32 ? [...bytes] : otherSize(bytes);
  }

  private sizeOf(...bytes: readonly number[]): number {
    return this.sized(...bytes).length;
  }

  /** The index goes to eax; jmp ss:[table + eax*4]. */
  private table(register: number, bodies: readonly (readonly Item[])[]): void {
    this.one(0x89, 0xc0 | (register << 3));
    this.one(0x83, 0xe0, bodies.length - 1);
    const jumpLength = this.sizeOf(SS_PREFIX, 0xff, 0x24, 0x85, 0, 0, 0, 0);
    const table = this.here + jumpLength;
    this.one(SS_PREFIX, 0xff, 0x24, 0x85, ...little(table));
    const starts: number[] = [];
    const code: number[] = [];
    const ends: number[] = [];
    const skip = this.branchLength(1);
    bodies.forEach((body) => {
      const at = 4 * bodies.length + code.length;
      starts.push(table + at);
      code.push(...this.sub(body, at));
      ends.push(code.length);
      code.push(...new Array<number>(skip).fill(0x90));
    });
    ends.forEach((end) => {
      const jump = this.sized(0xe9, ...little(code.length - end - skip));
      jump.forEach((byte, i) => {
        code[end + i] = byte;
      });
    });
    for (const start of starts) this.bytes.push(...little(start - this.place.csBase));
    this.bytes.push(...code);
  }

  private guard(body: readonly Item[]): void {
    const shared = (opcode: readonly number[], address: number, ...rest: number[]): number[] =>
      this.sized(SS_PREFIX, ...opcode, ...little(address), ...rest);
    this.bytes.push(...shared([0xff, 0x35], RECOVER), ...shared([0xff, 0x35], SAVED_ESP));
    this.one(0x55);
    this.bytes.push(...shared([0x89, 0x25], SAVED_ESP));
    const set = shared([0xc7, 0x05], RECOVER, 0, 0, 0, 0);
    const inside = this.sub(body, set.length);
    const label = this.here + set.length + inside.length - this.place.csBase;
    this.bytes.push(...shared([0xc7, 0x05], RECOVER, ...little(label)), ...inside);
    this.bytes.push(...shared([0x8b, 0x25], SAVED_ESP));
    this.one(0x5d);
    this.bytes.push(...shared([0x8f, 0x05], SAVED_ESP), ...shared([0x8f, 0x05], RECOVER));
  }

  /** Address to store to code at: through the code's own page or through its alias. */
  private stored(linear: number, alias: boolean): number {
    return alias && this.place.paging && linear >>> 12 === 0x10
      ? linear + CODE_ALIAS - 0x10000
      : linear;
  }

  private patch(item: Item & { kind: 'patch' }, { target, at, opcode, immediate }: Change): void {
    const change = (address: number): number[] =>
      this.changing(item, SS_PREFIX, ...opcode, ...little(address), ...immediate);
    this.guarded(item.mask, (skipped) => {
      const length = change(0).length;
      const body = this.sub(item.body, skipped + length);
      // In 16-bit code the instruction has prefixes in front.
      const prefixes = this.place.code32 ? 0 : 2;
      const operand = this.here + skipped + length + body.length + prefixes + at;
      return [change(this.stored(operand, item.alias)), body];
    });
    this.one(...target);
  }

  /** test byte ss:[TICKS], mask; jnz over the change; the change; then the body. */
  private guarded(mask: number, make: (skipped: number) => [number[], number[]]): void {
    const test = this.sized(SS_PREFIX, 0xf6, 0x05, ...little(TICKS), mask);
    const head = mask === 0 ? 0 : test.length + this.branchLength(2);
    const [change, body] = make(head);
    if (mask !== 0) {
      this.bytes.push(...test);
      this.over([0x0f, 0x85], change.length);
    }
    this.bytes.push(...change, ...body);
  }

  /** Changes through another linear address count only behind a serializing instruction (SDM vol. 3, 8.1.3): cpuid. */
  private changing({ alias }: Item & { kind: 'patch' }, ...bytes: readonly number[]): number[] {
    return [...this.sized(...bytes), ...(alias ? SERIALIZE : [])];
  }

  /** xor byte [distance], 2, then jmp over nothing or over two bytes. */
  private patchJump(item: Item & { kind: 'patch' }): void {
    const change = (address: number): number[] =>
      this.changing(item, SS_PREFIX, 0x80, 0x35, ...little(address), 2);
    this.guarded(item.mask, (skipped) => {
      const length = change(0).length;
      const body = this.sub(item.body, skipped + length);
      return [
        change(this.stored(this.here + skipped + length + body.length + 1, item.alias)),
        body,
      ];
    });
    this.bytes.push(0xeb, 0);
    this.one(0x42);
    this.bytes.push(0x90);
  }

  /** mov dword [target], one of two words of code; the target is four bytes of small instructions. */
  private patchCopy(item: Item & { kind: 'patch' }): void {
    // inc edx; dec edx; inc ecx; nop and its like.
    const words = [0x90414a42, 0x90904242];
    const change = (address: number): number[] =>
      this.changing(
        item,
        SS_PREFIX,
        0x81,
        0x35,
        ...little(address),
        ...little(words[0] ^ words[1]),
      );
    this.guarded(item.mask, (skipped) => {
      const length = change(0).length;
      const body = this.sub(item.body, skipped + length);
      return [change(this.stored(this.here + skipped + length + body.length, item.alias)), body];
    });
    this.bytes.push(...little(words[0]));
  }

  /** jmp over; word; over: add ss:[word], eax; body; mov ecx, ss:[word + 2]. */
  private dataInCode(alias: boolean, body: readonly Item[]): void {
    this.over([0xe9], 8);
    const word = this.stored(this.here, alias);
    this.bytes.push(...little(0x90909090), ...little(0x12345678));
    this.one(SS_PREFIX, 0x01, 0x05, ...little(word));
    this.items(body);
    this.one(SS_PREFIX, 0x8b, 0x0d, ...little(word + 2));
  }

  /** call far; jmp behind; 16-bit body; retf with 32-bit operands. */
  private far16(body: readonly Item[]): void {
    const selector = this.place.user ? USER_FAR_16 : KERNEL_FAR_16;
    const callLength = this.sizeOf(0x9a, 0, 0, 0, 0, 0, 0);
    const start = this.here + callLength + this.branchLength(1);
    const inner = new Writer(
      { ...this.place, at: start, code32: false, csBase: FAR16_BASE },
      this.sections,
    );
    inner.items(body);
    inner.one(0xcb);
    this.one(0x9a, ...little(start - FAR16_BASE), selector & 0xff, selector >>> 8);
    this.over([0xe9], inner.bytes.length);
    this.bytes.push(...inner.bytes);
  }

  /** call FLIP; then, now and then, int 0x85, which changes what is mapped there. */
  private flip(mask: number, first: readonly Item[], second: readonly Item[]): void {
    [first, second].forEach((body, i) => {
      const writer = new Writer({ ...this.place, at: FLIP }, []);
      writer.items(body);
      writer.one(0xc3);
      this.sections.push({ physical: i === 0 ? FLIP : FLIP_OTHER, bytes: writer.bytes });
    });
    this.over([0xe8], FLIP - this.here - this.branchLength(1));
    if (mask !== 0) this.bytes.push(0xcd, 0x87);
    this.guarded(mask, () => [[0xcd, 0x85], []]);
  }
}

/** An instruction for 32-bit code as 16-bit code, or the other way round: its size prefixes the other way. */
export function otherSize(bytes: readonly number[]): number[] {
  let opcodeAt = 0;
  while (PREFIXES.has(bytes[opcodeAt])) opcodeAt++;
  const prefixes = bytes.slice(0, opcodeAt);
  // MMX instructions would become others with an operand size prefix.
  const isMmx =
    bytes[opcodeAt] === 0x0f && bytes[opcodeAt + 1] >= 0x60 && bytes[opcodeAt + 1] < 0x80;
  const isMmxToo = bytes[opcodeAt] === 0x0f && bytes[opcodeAt + 1] >= 0xd0;
  const toggled = [...(isMmx || isMmxToo ? [] : [0x66]), 0x67].filter((p) => !prefixes.includes(p));
  const kept = prefixes.filter((p) => p !== 0x66 && p !== 0x67);
  return [...toggled, ...kept, ...bytes.slice(opcodeAt)];
}

const PREFIXES: ReadonlySet<number> = new Set([
  0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3,
]);
