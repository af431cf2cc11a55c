/**
 * Small real-mode programs for system tests: lines of assembler text with labels ("again:" on a
 * line of its own), `db` with numbers and quoted texts, `dw` with numbers. Labels stand for
 * addresses anywhere a number may stand.
 */
import { Assembler } from '../../../guest-isa/disasm/assemble.js';
import { rows } from '../../../guest-isa/insn/index.js';

const assembler = new Assembler(rows);

/** The bytes of the program, whose first one lies at `origin`. */
export function program(origin: number, source: string): Uint8Array {
  const lines = source
    .split('\n')
    .map((line) => line.replace(/;.*/, '').trim())
    .filter((line) => line !== '');
  let labels = new Map<string, number>();
  // Labels are unknown in the first pass; the distances of branches settle in a few more.
  for (let pass = 0; pass < 10; pass++) {
    const { bytes, found } = assemblePass(lines, origin, labels);
    const settled = [...found].every(([name, address]) => labels.get(name) === address);
    if (settled) return Uint8Array.from(bytes);
    labels = found;
  }
  throw new Error('the program does not settle');
}

function assemblePass(
  lines: readonly string[],
  origin: number,
  labels: ReadonlyMap<string, number>,
): { bytes: number[]; found: Map<string, number> } {
  const found = new Map<string, number>();
  const bytes: number[] = [];
  for (const line of lines) {
    const here = origin + bytes.length;
    if (line.endsWith(':')) found.set(line.slice(0, -1), here);
    else if (line.startsWith('dw '))
      bytes.push(...wordBytes(withAddresses(line.slice(3), labels, here)));
    else if (line.startsWith('db ')) bytes.push(...dataBytes(line.slice(3)));
    else bytes.push(...assembler.assemble(withAddresses(line, labels, here), here, false));
  }
  return { bytes, found };
}

/** Labels are written @name, so that they are never taken for registers. */
function withAddresses(line: string, labels: ReadonlyMap<string, number>, here: number): string {
  return line.replace(
    /@(\w+)/g,
    (_, name: string) => `0x${(labels.get(name) ?? here).toString(16)}`,
  );
}

function dataBytes(list: string): number[] {
  return [...list.matchAll(/'([^']*)'|([^,\s]+)/g)].flatMap(([, text, number]) =>
    text !== undefined ? [...Buffer.from(text, 'latin1')] : [Number(number)],
  );
}

function wordBytes(list: string): number[] {
  return list.split(',').flatMap((text) => [Number(text) & 0xff, Number(text) >> 8]);
}

/** A boot sector, and after it as many sectors as the disk shall have. */
export function bootDisk(source: string, sectors = 2048, more: Uint8Array = new Uint8Array(0)) {
  const disk = new Uint8Array(sectors * 512);
  const code = program(0x7c00, source);
  if (code.length > 510) throw new Error(`a boot sector of ${code.length} bytes`);
  disk.set(code);
  disk.set([0x55, 0xaa], 510);
  disk.set(more, 512);
  return disk;
}
