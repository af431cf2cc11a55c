/**
 * Stack instructions: push, pop, pusha, popa, enter, leave (SDM vol. 2). The forms with segment
 * registers and flags are in system-*.ts.
 */
import type { Insn } from '../decode/insn.js';
import type { Cpu } from '../interp/cpu.js';
import { EBP, ESP } from '../state/layout.js';
import { direct, type InsnRow, type Meaning, row } from './row.js';

const push: Meaning = (m, s) => m.push(m.operandBytes, s.read());
const pop: Meaning = (m, d) => d.write(m.pop(m.operandBytes));

/** The address of a memory destination uses the stack pointer after the pop; a fault leaves it as it was. */
const popRm: Meaning = (m, d) => {
  const size = m.operandBytes;
  const top = m.stackPointer();
  const value = m.stackLoad(size, top);
  if (d.isMemory) m.store(size, 'operand', m.effectiveAddress(size), value);
  m.setStackPointer(m.pure('add', top, m.constant(size)));
  if (!d.isMemory) d.write(value);
};

const pusha: Meaning = (m) => {
  const size = m.operandBytes;
  const top = m.stackPointer();
  for (let i = 0; i < 8; i++) {
    const address = m.pure('sub', top, m.constant(size * (i + 1)));
    m.stackStore(size, address, m.register(i, size));
  }
  m.setStackPointer(m.pure('sub', top, m.constant(size * 8)));
};

const popa: Meaning = (m) => {
  const size = m.operandBytes;
  const top = m.stackPointer();
  // edi lies lowest; the order of the loads shows in CR2 when one of them faults.
  const values = [0, 1, 2, 3, 4, 5, 6, 7].map((slot) =>
    m.stackLoad(size, m.pure('add', top, m.constant(size * slot))),
  );
  m.setStackPointer(m.pure('add', top, m.constant(size * 8)));
  // The image of the stack pointer is skipped.
  for (const i of [0, 1, 2, 3, 5, 6, 7]) m.writeRegister(i, size, values[7 - i]);
};

const leave: Meaning = (m) => {
  const frame = m.register(EBP, 4);
  const value = m.stackLoad(m.operandBytes, frame);
  m.setStackPointer(m.pure('add', frame, m.constant(m.operandBytes)));
  m.writeRegister(EBP, m.operandBytes, value);
};

/** enter with its nesting levels; all that can fault happens before a register changes. */
function enter(cpu: Cpu, op: Insn): void {
  const s = cpu.s;
  const size = op.opSize;
  const level = op.imm2 & 31;
  const mask = cpu.stackMask;
  const read = (offset: number): number =>
    size === 4 ? cpu.read32(2, offset & mask) : cpu.read16(2, offset & mask);
  const write = (offset: number, value: number): void =>
    size === 4 ? cpu.write32(2, offset & mask, value) : cpu.write16(2, offset & mask, value);

  const frame = s[ESP] - size;
  let top = frame;
  write(top, s[EBP]);
  for (let i = 1; i < level; i++) {
    top -= size;
    write(top, read(s[EBP] - size * i));
  }
  if (level > 0) {
    top -= size;
    write(
      top,
      (frame & (size === 4 ? mask : 0xffff)) | (mask === -1 || size === 2 ? 0 : s[ESP] & ~mask),
    );
  }
  const bottom = top - op.imm;
  cpu.probeWrite(2, bottom & mask, size);
  if (size === 4) s[EBP] = (s[ESP] & ~mask) | (frame & mask);
  else s[EBP] = (s[EBP] & ~0xffff) | (frame & 0xffff);
  s[ESP] = (s[ESP] & ~mask) | (bottom & mask);
}

export const stackRows: readonly InsnRow[] = [
  row('push', '50+r', 'Zv', push),
  row('push', '68', 'Iz', push),
  row('push', '6a', 'Ibs', push),
  row('push', 'ff /6', 'Ev', push),
  row('pop', '58+r', 'Zv', pop),
  row('pop', '8f /0', 'Ev', popRm),
  row('pusha', '60', '', pusha),
  row('popa', '61', '', popa),
  direct('enter', 'c8', 'Iw,Ib', enter),
  row('leave', 'c9', '', leave),
];
