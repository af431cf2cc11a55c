/**
 * GNU objdump as a second opinion on the disassembler, where it is installed: encodings in slots of
 * 16 bytes, and its text brought to this project's form.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';

const SLOT = 16;
const NOP = 0x90;

export const hasObjdump = (): boolean => spawnSync('objdump', ['--version']).status === 0;

/** Slots in 64 KB: beyond, its 16-bit jump targets keep the upper half of the address. */
const CHUNK = 4096;

/** Its text for each encoding (at 16 times its index modulo 64 KB), or undefined where it saw no instruction start. */
export function objdump(
  encodings: readonly (readonly number[])[],
  code32: boolean,
): (string | undefined)[] {
  const texts: (string | undefined)[] = [];
  for (let i = 0; i < encodings.length; i += CHUNK) {
    texts.push(...dumpChunk(encodings.slice(i, i + CHUNK), code32));
  }
  return texts;
}

function dumpChunk(
  encodings: readonly (readonly number[])[],
  code32: boolean,
): (string | undefined)[] {
  const image = new Uint8Array(encodings.length * SLOT).fill(NOP);
  encodings.forEach((bytes, i) => {
    image.set(bytes, i * SLOT);
  });
  const file = `.cache/disasm-${code32 ? 32 : 16}.bin`;
  mkdirSync('.cache', { recursive: true });
  writeFileSync(file, image);
  const machine = code32 ? 'i386' : 'i8086';
  const args = [
    '-D',
    '-b',
    'binary',
    '-m',
    machine,
    '-M',
    'intel',
    '--no-show-raw-insn',
    '-w',
    file,
  ];
  const run = spawnSync('objdump', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  const texts: (string | undefined)[] = new Array(encodings.length).fill(undefined);
  for (const line of run.stdout.split('\n')) {
    const match = /^\s*([0-9a-f]+):\s+(.*)$/.exec(line);
    if (!match) continue;
    const at = Number.parseInt(match[1], 16);
    if (at % SLOT === 0) texts[at / SLOT] = match[2].trim();
  }
  return texts;
}

/** Mnemonics for which the two have different names. */
const NAMES: Readonly<Record<string, string>> = {
  je: 'jz',
  jne: 'jnz',
  jae: 'jnb',
  ja: 'jnbe',
  jge: 'jnl',
  jg: 'jnle',
  jp: 'jp',
  jnp: 'jnp',
  sete: 'setz',
  setne: 'setnz',
  setae: 'setnb',
  seta: 'setnbe',
  setge: 'setnl',
  setg: 'setnle',
  cmove: 'cmovz',
  cmovne: 'cmovnz',
  cmovae: 'cmovnb',
  cmova: 'cmovnbe',
  cmovge: 'cmovnl',
  cmovg: 'cmovnle',
  movabs: 'mov',
  pushaw: 'pusha',
  popaw: 'popa',
  pushfw: 'pushf',
  popfw: 'popf',
  iretw: 'iret',
  retw: 'ret',
  callw: 'call',
  calll: 'call',
  jmpw: 'jmp',
  jmpl: 'jmp',
  retl: 'ret',
  leavew: 'leave',
  leavel: 'leave',
  enterw: 'enter',
  enterl: 'enter',
  pushw: 'push',
  pushl: 'push',
  popw: 'pop',
  popl: 'pop',
  sal: 'shl',
  repz: 'repe',
  repnz: 'repne',
  loopw: 'loop',
  loopl: 'loop',
  loopel: 'loope',
  loopew: 'loope',
  loopnel: 'loopne',
  loopnew: 'loopne',
  pushd: 'push',
  popd: 'pop',
  enterd: 'enter',
  leaved: 'leave',
  retd: 'ret',
  calld: 'call',
  jmpd: 'jmp',
  fwait: 'wait',
};

/** Names that it gives by code size where this project goes by operand size. */
const SIZED32: Readonly<Record<string, string>> = {
  pusha: 'pushad',
  popa: 'popad',
  pushf: 'pushfd',
  popf: 'popfd',
  iret: 'iretd',
};
const SIZED32_LONG: Readonly<Record<string, string>> = {
  pushal: 'pushad',
  popal: 'popad',
  pushfl: 'pushfd',
  popfl: 'popfd',
  iretl: 'iretd',
  iretd: 'iretd',
};

/** Its text in this project's form. */
export function normalized(text: string, code32: boolean): string {
  return comparable(inThisForm(text, code32));
}

function inThisForm(text: string, code32: boolean): string {
  let t = text
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/ *, */g, ', ')
    .replace(/ [#<].*$/, '')
    .replace(/\bnotrack (\S+ )(.*)\[/, '$1$2ds:[');
  t = t.replace(
    /^((?:lock|rep|repz|repnz|repe|repne) )?((?:data(?:16|32)|addr(?:16|32)|[c-g]s|es|ss) )+/,
    '$1',
  );
  t = t.replace(/^(lock|rep|repz|repnz) /, (p) => `${NAMES[p.trim()] ?? p.trim()} `);
  t = t.replace(/^((?:lock|rep|repe|repne) )?(\S+)/, (_, p: string | undefined, name: string) => {
    const wide = code32 ? SIZED32[name] : undefined;
    return `${p ?? ''}${wide ?? SIZED32_LONG[name] ?? NAMES[name] ?? name}`;
  });
  // ds:0x1234 and fs:[ebx] as [0x1234] and fs:[ebx].
  t = t.replace(/\b([c-gs]s|es):(0x[0-9a-f]+)/g, (_, s: string, n: string) => `${s}:[${n}]`);
  t = t.replace(/\bds:\[(0x[0-9a-f]+)\]/g, '[$1]');
  t = t.replace(/\+?eiz\*\d/g, '').replace(/\[\+/g, '[');
  t = t.replace(
    /\[-0x([0-9a-f]+)\]/,
    (_, n: string) => `[0x${(-Number.parseInt(n, 16) >>> 0).toString(16)}]`,
  );
  t = t.replace(
    /^((?:rep\w* )?)(movs|cmps|stos|lods|scas|ins|outs) (.*)$/,
    (_, p: string, name: string, rest: string) => stringForm(p, name, rest),
  );
  return t.replace(/\+0x0\]/g, ']');
}

const UNITS: Readonly<Record<string, string>> = { byte: 'b', word: 'w', dword: 'd' };

/** `movs byte ptr es:[edi], byte ptr ds:[esi]` as `movsb es:[edi], ds:[esi]`. */
function stringForm(prefix: string, name: string, operands: string): string {
  const unit = UNITS[/(\w+) ptr/.exec(operands)?.[1] ?? ''] ?? '';
  return `${prefix}${name}${unit} ${operands.replace(/\w+ ptr /g, '')}`;
}

/** This project's text with what objdump does not tell apart removed. */
export function comparable(text: string): string {
  return (
    text
      .replace(/\bds:\[0x/g, '[0x')
      .replace(/^xchg (e?ax), \1$/, 'nop')
      .replace(/\bst\b(?!\()/g, 'st(0)')
      // Sources of 16 bits, which it shows as 32-bit registers.
      .replace(/^((?:lar|lsl) \S+, |mov [c-gs]s, |mov es, )e(?=..$)/, '$1')
      .replace(/^(fn?(?:stenv|save)|fldenv|frstor|retf|[sl][gi]dt)[wd]\b/, '$1')
      .replace(/^invlpg byte ptr /, 'invlpg ')
      .replace(/^wait$/, 'fwait')
      .replace(/\(\d*87 only\)/, '')
  );
}
