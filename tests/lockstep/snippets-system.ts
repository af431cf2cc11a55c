/**
 * Pieces of random programs about everything but plain memory: segments with limits, the stack in
 * odd places, services of the handlers, what only the interpreter executes, ports.
 */
import { little } from './assemble-items.js';
import {
  BASED_DATA,
  DATA,
  DATA_BASED,
  DATA_DOWN,
  DATA_LIMITED,
  DATA_PAGE,
  DATA_READ_ONLY,
  IO_PORT,
  KERNEL_DATA,
  STACK_TOP,
  USER_DATA,
} from './guest-map.js';
import { EDI, FREE, VALUES } from './snippets.js';
import { MemorySnippets } from './snippets-memory.js';

export class SystemSnippets extends MemorySnippets {
  /** A data segment with limits, or without right to write, in es, fs or gs. */
  segments(): number[] {
    const { rng } = this;
    const [register, prefix] = rng.pick([
      [0, 0x26],
      [4, 0x64],
      [5, 0x65],
    ]);
    const flat = this.environment.user ? USER_DATA : KERNEL_DATA;
    const selector = rng.pick([
      DATA_PAGE,
      DATA_LIMITED,
      DATA_DOWN,
      DATA_READ_ONLY,
      DATA_BASED,
      flat,
      0,
    ]);
    const offset =
      {
        [DATA_PAGE]: rng.pick([0x10, 0xff0, 0xffe]) + rng.below(4),
        [DATA_DOWN]: 0x7fc + rng.below(0x20),
        [DATA_LIMITED]: rng.pick([0x8010, 0xbff8]) + rng.below(8),
        [DATA_BASED]: DATA - BASED_DATA + rng.below(0x20),
      }[selector] ?? DATA + rng.below(0x20);
    const address = little(offset);
    const value = rng.pick(VALUES);
    const uses = Array.from({ length: 1 + rng.below(3) }, () =>
      rng.pick([
        [prefix, 0x8b, 0x05 | (value << 3), ...address],
        [prefix, 0x89, 0x05 | (value << 3), ...address],
        [prefix, 0x00, 0x05 | (value << 3), ...address],
        this.work(),
      ]),
    );
    const load = (s: number): number[] => [
      0x66,
      0xb8,
      s & 0xff,
      s >>> 8,
      0x8e,
      0xc0 | (register << 3),
    ];
    return [
      ...(rng.chance(0.8) ? load(selector) : []),
      ...uses.flat(),
      ...(rng.chance(0.6) ? load(register === 0 ? this.dataSelector() : flat) : []),
    ];
  }

  private dataSelector(): number {
    const { data, user } = this.environment;
    if (data === 'based') return DATA_BASED;
    if (data === 'limited') return DATA_LIMITED;
    return user ? USER_DATA : KERNEL_DATA;
  }

  /** push and pop in all forms; a return to an address that no call pushed. */
  stack(): number[] {
    const { rng } = this;
    const [a, b] = [rng.pick(FREE), rng.pick(FREE)];
    const slot = 0x40 + rng.below(0x10);
    return rng.pick([
      [0x50 | a, 0xff, 0x34, 0x24, 0x58 | b, 0x58 | a],
      [0x50 | a, 0x8f, 0x43, slot],
      [0x50 | a, 0x50 | b, 0x8f, 0x44, 0x24, rng.pick([0, 0, 4, 0xfc]), 0x58 | b],
      [0xff, 0x73, slot, 0x01, 0x04, 0x24, 0x58 | b],
      [0x6a, rng.below(256), 0x68, ...little(rng.u32()), 0x58 | a, 0x58 | b],
      [0x66, 0x50 | a, 0x66, 0x58 | b],
      [0x60, 0x01, 0x44, 0x24, 0x1c, 0x61],
      [0x54, 0x58 | a, 0x83, 0xec, 8, 0x89, 0x04, 0x24, 0x83, 0xc4, 8],
      [0xc8, 16, 0, 0, 0x89, 0x45, 0xfc, 0x8b, 0x55, 0xfc, 0xc9],
      // ret 8 behind two pushes and a call.
      [0x50 | a, 0x50 | b, 0xe8, 2, 0, 0, 0, 0xeb, 5, 0x01, 0xc1, 0xc2, 8, 0],
      // A return to an address that was pushed: to the instruction behind it.
      [0xe8, 0, 0, 0, 0, 0x83, 0x04, 0x24, 5, 0xc3],
      // The stack somewhere else for a moment; a fault leaves it there.
      [0x89, 0xe0, 0xbc, ...little(this.oddPlace()), 0x51, 0x59, 0x89, 0xc4],
      // call next; pop: the return stack goes wrong.
      [0xe8, 0, 0, 0, 0, 0x58 | a],
      [
        0x89,
        0x25,
        ...little(STACK_TOP - 0x800 - (this.environment.data === 'based' ? BASED_DATA : 0)),
      ],
    ]);
  }

  /** Services of the handlers, and what only the interpreter executes. */
  system(): number[] {
    const { rng, environment } = this;
    const kernel = [
      [0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8],
      [0x0f, 0x01, 0x3b],
      [0xfa, ...this.work(), 0xfb],
      [0x0f, 0x06],
      environment.interruptCycles > 0 ? [0xfb, 0xf4] : [0x90],
      // pushfd; and dword [esp], ~IF; popfd
      [0x9c, 0x81, 0x24, 0x24, ...little(0xfffffdff), 0x9d, ...this.work(), 0xfb],
      // CR0.WP the other way
      [0x0f, 0x20, 0xc0, 0x35, ...little(0x10000), 0x0f, 0x22, 0xc0],
    ];
    return rng.pick([
      [0xcd, 0x80],
      [0xcd, 0x82],
      [0xcd, 0x83],
      [0xcd, 0x84],
      [0xcd, 0x86],
      [0xcd, 0x87],
      [0xcd, 0x87],
      [0x0f, 0x0b],
      [0x31, 0xc9, 0xf7, 0xf1],
      [0xb0, 0x7f, 0x04, 0x01, 0xce],
      [0x9c, 0x9d],
      [0x0f, 0xa2],
      [0x62, 0x43, 0x10],
      [0xcc],
      environment.user ? [0xf4] : rng.pick(kernel),
    ]);
  }

  /** Interrupts off and on again in all ways, flags that travel through the stack, what kernels do between. */
  interruptFlags(): number[] {
    const { rng, environment } = this;
    const few = (): number[] => (rng.chance(0.6) ? this.work() : this.flags());
    const push = rng.chance(0.85) ? [0x9c] : [0x66, 0x9c];
    const pop = [...push.slice(0, -1), 0x9d];
    const a = rng.pick(FREE);
    const everywhere = [
      [...push, ...this.work(), ...pop],
      // pushf; pop; xor of some flag; push; popf
      [0x9c, 0x58 | a, 0x81, 0xf0 | a, ...little(this.someFlag()), 0x50 | a, ...few(), 0x9d],
      [0x0f, 0xc7, 0x8b, ...little(rng.below(0x40)), 0x74, 2, 0x89, 0xc8],
      [0x8b, 0x43, 0x20, 0x8b, 0x53, 0x24, 0xf0, 0x0f, 0xc7, 0x4b, 0x20, 0x0f, 0x94, 0xc0],
    ];
    if (environment.user && rng.chance(0.9)) return rng.pick(everywhere);
    return rng.pick([
      ...everywhere,
      [...push, 0xfa, ...few(), ...pop, ...this.work()],
      [...push, 0xfa, ...few(), 0xf6, 0x44, 0x24, 1, 2, ...pop, 0x74, 1, 0xfb, ...this.work()],
      [0xfa, ...few(), 0xfb, ...few()],
      [0xfa, ...few(), 0xfb, ...this.ports()],
      [0xfa, 0xfb, 0xfb, 0x01, 0x43, rng.below(0x40)],
      [0xfa, ...this.ports(), 0xfb, 0x70 | rng.below(16), 0],
      [0xfb, 0xfa, ...few(), 0xfb, 0x90],
      [0xfa, ...few(), 0xfb, 0x0f, 0x01, 0x3b],
    ]);
  }

  /** A flag that popf may change: mostly the interrupt flag or an arithmetic one. */
  private someFlag(): number {
    const { rng } = this;
    if (rng.chance(0.7)) return rng.pick([0x200, 0x200, 0x201, 0x8c5, 0x400]);
    return rng.pick([0x4000, 0x3000, 0x200000, 0x200200, 0x4000]);
  }

  ports(): number[] {
    return this.rng.pick([
      [0xe4, IO_PORT],
      [0xe5, IO_PORT],
      [0xe6, IO_PORT],
      [0x66, 0xba, IO_PORT, 0, 0xed],
      [0x66, 0xba, IO_PORT, 0, 0xef],
      [0x66, 0xba, IO_PORT, 0, ...this.point(EDI, 0x100), 0xb9, 3, 0, 0, 0, 0xfc, 0xf3, 0x6d],
    ]);
  }
}
