/**
 * What kernels do all the time, under code morphing: interrupts off and on, flags on the stack, ports.
 * Interrupts come where they may; each port is accessed once, in order, and what the access changes
 * (an interrupt, the A20 gate) is seen by the next instruction.
 */
import { describe, expect, it } from 'vitest';
import type { CmsOptions } from '../../../cms/options.js';
import { A20_MASK } from '../../../guest-isa/state/layout.js';
import { assembleGuest, CODE, Rig, testCms } from './rig.js';
import { withTables } from './system-tables.js';

const INTERRUPT = 0x20;
const INVALID_OPCODE = 6;
const PORT = 0x300;

const { gears } = testCms;
const GEARS: readonly (readonly [string, CmsOptions])[] = [
  ['blocks', { ...testCms, gears: { ...gears, superblockThreshold: null } }],
  ['superblocks', { ...testCms, gears: { ...gears, blockThreshold: null } }],
  ['all gears', testCms],
];

/** Counts in 9000, in 9004 interrupts that came inside the section, in 9008 those right behind sti. */
const TIMER = `
  push eax
  inc dword ptr [0x9000]
  mov eax, dword ptr [0x9010]
  add dword ptr [0x9004], eax
  mov eax, dword ptr [0x9014]
  cmp dword ptr [esp+4], eax
  jnz @out
  inc dword ptr [0x9008]
  out:
  pop eax
  iretd`;

const SECTION = `
  mov dword ptr [0x9010], 1
  imul eax, eax, 7
  add eax, ecx
  mov dword ptr [0x9010], 0`;

/** Ways to end a section that cli began with the flags on the stack; `behind`: of sti. */
const ENDS: Readonly<Record<string, string>> = {
  popf: 'popfd',
  sti: 'pop edx\nsti\nbehind:\ninc ebx',
  'sti and a branch': 'pop edx\nsti\nbehind:\njmp @on\non:',
  'sti and an instruction of the interpreter': 'pop edx\nsti\nbehind:\nsldt ax',
  'sti at the end of a region': 'pop edx\nsti\nbehind:\ninvlpg [0x9000]',
  'sti twice': 'pop edx\nsti\nbehind:\nsti\nadd ebx, 3',
  'sti if they were on': 'pop edx\ntest edx, 0x200\njz @off\nsti\nbehind:\nnop\noff:',
};

describe('interrupts come where they may', () => {
  const play = (end: string, cms: CmsOptions | undefined): Rig => {
    const rig = new Rig({ cms });
    withTables(rig, { [INTERRUPT]: TIMER });
    const timer = rig.clock.timer('test', (due) => {
      timer.at(due + 1301);
      rig.intr = true;
      rig.clock.endSlice();
    });
    timer.at(500);
    const text = `
      mov dword ptr [0x9014], ${end.includes('behind:') ? '@behind' : '0'}
      sti
      mov ecx, 2000
      top:
      pushfd
      cli
      ${SECTION}
      ${end}
      dec ecx
      jnz @top
      cli
      hlt`;
    rig.load(assembleGuest(text));
    rig.run();
    return rig;
  };

  for (const [name, end] of Object.entries(ENDS)) {
    const golden = play(end, undefined);
    it.each(GEARS)(`${name}: %s`, (_gear, cms) => {
      const rig = play(end, cms);
      const word = (at: number): number => rig.cpu.view.getInt32(at, true);
      expect([...rig.cpu.s.subarray(0, 8)]).toEqual([...golden.cpu.s.subarray(0, 8)]);
      expect(rig.loop.instructions - word(0x9000)).toBeGreaterThan(10_000);
      expect(word(0x9000)).toBeGreaterThan(20);
      expect([word(0x9004), word(0x9008)]).toEqual([0, 0]);
    });
  }
});

describe('the flags of kernels stay in translations', () => {
  it('pushf, cli, sti and popf call no interpreter', () => {
    const rig = new Rig({ cms: testCms });
    rig.load(
      assembleGuest(`
        mov ecx, 5000
        top:
        pushfd
        cli
        add eax, ecx
        popfd
        pushfd
        cli
        sti
        nop
        popfd
        dec ecx
        jnz @top
        hlt`),
    );
    rig.run();
    expect(rig.stepper?.retiredInstructions).toBeGreaterThan(55_000 * 0.98);
  });
});

describe('ports', () => {
  const play = (cms: CmsOptions | undefined): { rig: Rig; log: readonly number[] } => {
    const rig = new Rig({ cms });
    withTables(rig, { [INTERRUPT]: 'add ebx, 0x10000\niretd' });
    const log: number[] = [];
    const device = {
      read: (port: number) => {
        log.push(port);
        return log.length & 0xff;
      },
      write: (port: number, value: number) => {
        log.push(port | (value << 16));
        if ((value & 7) !== 0) return;
        rig.intr = true;
        rig.clock.endSlice();
      },
      maxWidth: 4,
    } as const;
    rig.bus.ports(PORT, 4, device, 'test');
    rig.load(
      assembleGuest(`
        sti
        mov ecx, 600
        mov edx, 0x300
        top:
        in al, dx
        add esi, eax
        mov eax, ecx
        out dx, al
        mov edi, ebx
        add esi, edi
        rol esi, 3
        dec ecx
        jnz @top
        cli
        hlt`),
    );
    rig.run();
    return { rig, log };
  };
  const golden = play(undefined);

  it.each(GEARS)('are accessed once, in order; what they raise comes at once: %s', (_gear, cms) => {
    const { rig, log } = play(cms);
    expect(log).toEqual(golden.log);
    expect(rig.outcome()).toEqual(golden.rig.outcome());
  });

  it.each(GEARS)('the A20 gate takes the code away behind the instruction: %s', (_gear, cms) => {
    const ends = [undefined, cms].map((software) => {
      const rig = new Rig({ cms: software });
      withTables(rig, { [INVALID_OPCODE]: 'mov ebp, 0x600d\nhlt' });
      const gate = (open: boolean): void => {
        rig.cpu.s[A20_MASK] = open ? -1 : ~0x100000;
        rig.cpu.flushTlb(true);
      };
      const device = {
        read: () => 0,
        write: (_port: number, value: number) => {
          if ((value & 0xff) === 5) gate(true);
        },
        maxWidth: 4,
      } as const;
      rig.bus.ports(PORT, 4, device, 'test');
      gate(false);
      rig.load(
        assembleGuest(
          `
          mov ecx, 600
          mov edx, 0x300
          top:
          mov eax, ecx
          out dx, eax
          inc ebx
          add esi, ebx
          dec ecx
          jnz @top
          hlt`,
          CODE + 0x100,
        ),
        CODE + 0x100,
      );
      // There is no RAM at 1 MB: with the gate open the bytes are all ones.
      rig.load(assembleGuest('mov eax, 0x110100\njmp eax'));
      rig.run();
      return rig;
    });
    const [golden, rig] = ends as [Rig, Rig];
    expect(rig.cpu.s[5]).toBe(0x600d);
    expect([...rig.cpu.s.subarray(0, 8)]).toEqual([...golden.cpu.s.subarray(0, 8)]);
  });
});
