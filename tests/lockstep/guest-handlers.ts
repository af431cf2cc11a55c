/**
 * The guest's handlers for random programs, in 32-bit ring-0 code, and the tables that lead to them.
 *
 *   faults   page faults at DEMAND, READ_ONLY and in code are mended and retried; every other fault
 *            goes on where RECOVER says. Too many faults, or none to recover to: the end.
 *   20       timer: counts, and changes a word of the program's data
 *   80 .. 85 services: nothing, end, DEMAND away, READ_ONLY back, a page of code away, FLIP
 *   86, 87   all pages are walked for anew; a page of the stack is read-only for a moment
 */
import { assembleGuest } from '../unit/runtime/rig.js';
import {
  CODE,
  DATA,
  DEMAND,
  FAULT_LIMIT,
  FAULTS,
  FLIP,
  GDT,
  HANDLERS,
  IDT,
  KERNEL_CODE,
  PAGE_TABLE,
  PROGRAM_CS,
  READ_ONLY,
  RECOVER,
  TICKS,
} from './guest-map.js';

/** Vectors 0-31 that push an error code. */
const WITH_ERROR: ReadonlySet<number> = new Set([8, 10, 11, 12, 13, 14, 17]);
/** Programs that begin near the end of the page before reach into it. */
const LATER_CODE = CODE + 0x2000;
const hex = (n: number): string => `0x${n.toString(16)}`;
const shared = (address: number): string => `dword ptr ss:[${hex(address)}]`;
const pte = (linear: number): string => shared(PAGE_TABLE + (linear >>> 12) * 4);

const FAULT_CODE = `
  common:
    pushad
    inc ${shared(FAULTS)}
    mov eax, ${shared(FAULTS)}
    cmp eax, ${shared(FAULT_LIMIT)}
    jnbe @dead
    cmp dword ptr ss:[esp+0x20], 14
    jnz @skip
    mov ecx, cr2
    mov edx, ecx
    shr edx, 12
    cmp edx, ${hex(DEMAND >>> 12)}
    jz @fix
    cmp edx, ${hex(LATER_CODE >>> 12)}
    jz @fix
    cmp edx, ${hex(READ_ONLY >>> 12)}
    jnz @skip
  fix:
    or dword ptr ss:[edx*4+${hex(PAGE_TABLE)}], 7
    invlpg [ecx]
    popad
    add esp, 8
    iretd
  skip:
    mov eax, ${shared(RECOVER)}
    test eax, eax
    jz @dead
    mov dword ptr ss:[esp+0x28], eax
    mov eax, ${shared(PROGRAM_CS)}
    mov dword ptr ss:[esp+0x2c], eax
    popad
    add esp, 8
    iretd
  dead:
    cli
    hlt`;

const SERVICES: readonly (readonly [number, string])[] = [
  [
    0x20,
    `push eax
     inc ${shared(TICKS)}
     mov eax, ${shared(DATA + 0x10)}
     add eax, 0x1234567
     mov ${shared(DATA + 0x10)}, eax
     pop eax
     iretd`,
  ],
  [0x80, 'iretd'],
  [0x81, 'cli\nhlt'],
  [0x82, `and ${pte(DEMAND)}, 0xfe\ninvlpg ss:[${hex(DEMAND)}]\niretd`],
  [0x83, `and ${pte(READ_ONLY)}, -3\ninvlpg ss:[${hex(READ_ONLY)}]\niretd`],
  [0x84, `and ${pte(LATER_CODE)}, -2\ninvlpg ss:[${hex(LATER_CODE)}]\niretd`],
  [0x85, `xor ${pte(FLIP)}, 0x1000\ninvlpg ss:[${hex(FLIP)}]\niretd`],
  [0x86, 'push eax\nmov eax, cr3\nmov cr3, eax\npop eax\niretd'],
  [0x87, `inc ${shared(TICKS)}\niretd`],
];

export interface Handlers {
  readonly code: readonly number[];
  /** The interrupt descriptor table. */
  readonly idt: Uint8Array;
}

export function makeHandlers(): Handlers {
  const idt = new Uint8Array(0x88 * 8);
  const view = new DataView(idt.buffer);
  const code: number[] = [];
  const place = (vector: number, text: string, at: number): void => {
    const offset = HANDLERS + at;
    view.setUint32(vector * 8, (KERNEL_CODE << 16) | (offset & 0xffff), true);
    // Interrupt gates that user code may call, faults' too.
    view.setUint32(vector * 8 + 4, (offset & 0xffff0000) | 0xee00, true);
    code.push(...assembleGuest(text, offset));
  };
  const entries = 0x1000 - 0x400;
  code.push(...assembleGuest(FAULT_CODE, HANDLERS));
  for (let vector = 0; vector < 32; vector++)
    place(
      vector,
      `${WITH_ERROR.has(vector) ? '' : 'push 0\n'}push ${vector}\njmp ${hex(HANDLERS)}`,
      code.length,
    );
  for (const [vector, text] of SERVICES) place(vector, text, code.length);
  if (code.length > entries) throw new Error('the handlers do not fit');
  return { code, idt };
}

export const TABLES = { idt: IDT, gdt: GDT } as const;
