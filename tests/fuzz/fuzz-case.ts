/** From a seed to a random program as a case for the native harness and the stage. */
import { Rng } from '../../base/rng.js';
import { type Case, seededCase, seededX87 } from '../insn/case.js';
import { ARENA, CODE } from '../insn/stage-layout.js';
import { type Flavour, ProgramMaker } from './make-program.js';
import { assemble, type Item } from './program.js';

const EBX = 3;
const ESP = 4;
const DATA = ARENA + 0x1000;
const STACK = ARENA + 0x2e00;
const EXCEPTION_MASKS = 0x3f;

/** cmp eax, 0: what a program leaves of its flags may be undefined. */
const FINAL_COMPARE = [0x83, 0xf8, 0];

export interface FuzzProgram {
  readonly seed: number;
  readonly flavour: Flavour;
  readonly items: readonly Item[];
}

export function makeProgram(seed: number): FuzzProgram {
  const rng = new Rng(seed);
  const flavour = rng.pick<Flavour>(['integer', 'integer', 'x87', 'mmx']);
  return { seed, flavour, items: new ProgramMaker(rng, flavour).program() };
}

export function fuzzCase({ seed, flavour, items }: FuzzProgram): Case {
  const c = seededCase(seed);
  c.registers[EBX] = DATA;
  c.registers[ESP] = STACK;
  c.eip = CODE + 0x100;
  c.code = [...assemble(items), ...FINAL_COMPARE];
  c.run = true;
  if (flavour !== 'integer') c.x87 = maskedX87(seed);
  return c;
}

/** Random x87 state with all exceptions masked and none pending. */
function maskedX87(seed: number): Uint8Array {
  const image = seededX87(seed);
  image[0] |= EXCEPTION_MASKS;
  image[4] = 0;
  image[5] &= 0x7f;
  return image;
}
