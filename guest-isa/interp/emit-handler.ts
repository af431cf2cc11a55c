/**
 * Turns a recorded template into the interpreter's handler: one small JavaScript function for each
 * variant of a row, so that V8 sees its own types and inlines what it calls. (A meaning executed
 * directly for all its users and operand forms shares type feedback and runs at half the speed.)
 *
 * Handlers read the decoded instruction `op` and the processor `cpu`; they keep no state.
 */
import type { Exec } from '../decode/insn.js';
import * as alu from '../sem/alu.js';
import * as aluBits from '../sem/alu-bits.js';
import * as aluMultiply from '../sem/alu-multiply.js';
import * as aluShift from '../sem/alu-shift.js';
import type {
  PureOp,
  RegisterPlace,
  SegmentPlace,
  Statement,
  Template,
  Value,
} from '../sem/template.js';
import { DE } from '../state/exceptions.js';
import { DF, parityFlag } from '../state/flags.js';
import {
  AUX,
  ECX,
  EIP,
  ESP,
  FLAG_CARRY,
  FLAG_RESULT,
  FLAGS_SYSTEM,
  MID_REPEAT,
  SS,
} from '../state/layout.js';

/** Every ALU function by name and width, as handlers call them. */
const ALU: Readonly<Record<string, unknown>> = {
  ...alu,
  ...aluBits,
  ...aluMultiply,
  ...aluShift,
  parityFlag,
};

const v = (value: Value): string => `v${value}`;

/** Compiles a handler; `name` shows in profiles and stack traces. */
export function compileHandler(name: string, template: Template, repeat: RepeatForm): Exec {
  const used = new Set<string>();
  const body = emitBlock(template, used);
  const loop = repeat === 'none' ? body : emitRepeat(body, repeat);
  const imports = [...used].map((f) => `const ${f} = alu.${f};`).join('\n');
  const source = `'use strict';\n${imports}\nreturn function ${name.replace(/\W/g, '_')}(cpu, op) {\nconst s = cpu.s;\n${loop}};\n`;
  return new Function('alu', source)(ALU) as Exec;
}

/** How a string instruction repeats: not at all, by count, or by count and ZF. */
export type RepeatForm = 'none' | 'rep' | 'repe' | 'repne';

/**
 * A repeated string instruction: each iteration is complete in itself (registers are moved), costs
 * one unit of time, and is counted so that the whole makes one instruction however it is sliced.
 * One that overwrites code gives way, so that the next iteration is fetched anew.
 */
function emitRepeat(body: string, form: RepeatForm): string {
  const more = form === 'rep' ? '' : `|| (s[${FLAG_RESULT}] === 0) === ${form === 'repne'}`;
  return `const generation = cpu.fetchGeneration;
const mask = op.addrMask;
s[${MID_REPEAT}] = 0;
let count = s[${ECX}] & mask;
if (count === 0) return;
for (;;) {
${body}
count = (count - 1) & mask;
s[${ECX}] = (s[${ECX}] & ~mask) | count;
if (count === 0 ${more}) return;
if (!cpu.nextIteration(generation)) return;
}
`;
}

function emitBlock(template: Template, used: Set<string>): string {
  return template.map((statement) => `${emitStatement(statement, used)}\n`).join('');
}

function emitStatement(st: Statement, used: Set<string>): string {
  switch (st.kind) {
    case 'constant':
      return `const ${v(st.result)} = ${st.value};`;
    case 'immediate':
      return `const ${v(st.result)} = op.${st.which};`;
    case 'pure':
      return `const ${v(st.result)} = ${PURE[st.op](...st.args.map(v))};`;
    case 'alu':
    case 'fixedAlu':
      return emitAlu(st, used);
    case 'aux':
      return `const ${v(st.result)} = s[${AUX}];`;
    case 'condition':
      return `const ${v(st.result)} = ${emitCondition(st.code, used)};`;
    case 'getRegister':
      return `const ${v(st.result)} = ${registerText(st.place, st.bytes)};`;
    case 'setRegister':
      return `${registerText(st.place, st.bytes)} = ${v(st.value)};`;
    case 'getIndex':
      return `const ${v(st.result)} = s[${st.register}] & op.addrMask;`;
    case 'setIndex':
      return `s[${st.register}] = (s[${st.register}] & ~op.addrMask) | (${v(st.value)} & op.addrMask);`;
    case 'advance':
      return emitAdvance(st.register, st.bytes);
    case 'stateWord':
      return `const ${v(st.result)} = s[${st.word}];`;
    case 'exceptWhen':
    case 'holdInterrupts':
      throw new Error(`${st.kind} stands in what only translations do`);
    case 'effectiveAddress':
      return `const ${v(st.result)} = (${baseText(st.released)} + (s[op.index] << op.scale) + op.disp) & op.addrMask;`;
    case 'if':
      return `if (${v(st.condition)}) {\n${emitBlock(st.consequent, used)}} else {\n${emitBlock(st.alternative, used)}}`;
    case 'raise':
      return `cpu.raise(${st.vector}, ${st.errorCode});`;
    default:
      return emitMemoryOrFlow(st);
  }
}

type MemoryOrFlow = Extract<
  Statement,
  {
    kind:
      | 'load'
      | 'store'
      | 'probeWrite'
      | 'maskAddress'
      | 'push'
      | 'pop'
      | 'stackLoad'
      | 'stackStore'
      | 'setStackPointer'
      | 'nextEip'
      | 'jump'
      | 'call'
      | 'return';
  }
>;

function emitMemoryOrFlow(st: MemoryOrFlow): string {
  switch (st.kind) {
    case 'load': {
      const method = `${st.modify ? 'rmwRead' : 'read'}${st.bytes * 8}`;
      return `const ${v(st.result)} = cpu.${method}(${segmentText(st.segment)}, ${v(st.address)});`;
    }
    case 'store':
      return st.modify
        ? `cpu.rmwWrite${st.bytes * 8}(${v(st.value)});`
        : `cpu.write${st.bytes * 8}(${segmentText(st.segment)}, ${v(st.address)}, ${v(st.value)});`;
    case 'probeWrite':
      return `cpu.probeWrite(${segmentText(st.segment)}, ${v(st.address)}, ${st.sizeBytes});`;
    case 'maskAddress':
      return `const ${v(st.result)} = ${v(st.address)} & op.addrMask;`;
    case 'push':
      return `cpu.push${st.bytes * 8}(${v(st.value)});`;
    case 'pop':
      return `const ${v(st.result)} = cpu.pop${st.bytes * 8}();`;
    case 'stackLoad':
      return `const ${v(st.result)} = cpu.read${st.bytes * 8}(${SS}, ${v(st.address)} & cpu.stackMask);`;
    case 'stackStore':
      return `cpu.write${st.bytes * 8}(${SS}, ${v(st.address)} & cpu.stackMask, ${v(st.value)});`;
    case 'setStackPointer':
      return `s[${ESP}] = (s[${ESP}] & ~cpu.stackMask) | (${v(st.value)} & cpu.stackMask);`;
    case 'nextEip':
      return `const ${v(st.result)} = s[${EIP}];`;
    case 'jump':
      return `cpu.jump(${v(st.target)});`;
    case 'call':
      return `cpu.call${st.bytes * 8}(${v(st.target)});`;
    case 'return':
      return `cpu.return${st.bytes * 8}(${v(st.release)});`;
  }
}

function emitAlu(st: Extract<Statement, { kind: 'alu' | 'fixedAlu' }>, used: Set<string>): string {
  const name = st.kind === 'alu' ? `${st.op}${st.bits}` : st.op;
  if (!(name in ALU)) throw new Error(`no ALU function ${name}`);
  used.add(name);
  const call = `const ${v(st.result)} = ${name}(${['s', ...st.args.map(v)].join(', ')});`;
  const divides = st.op === 'div' || st.op === 'idiv' || st.op === 'aam';
  return divides ? `${call}\nif (${v(st.result)} === 0.5) cpu.raise(${DE}, -1);` : call;
}

function emitAdvance(register: number, bytes: number): string {
  const next = `(s[${register}] + (s[${FLAGS_SYSTEM}] & ${DF} ? ${-bytes} : ${bytes}))`;
  return `s[${register}] = (s[${register}] & ~op.addrMask) | (${next} & op.addrMask);`;
}

/** The base register; the stack pointer as it is behind a pop of so many bytes. */
function baseText(released: number): string {
  if (released === 0) return 's[op.base]';
  const popped = `(s[${ESP}] & ~cpu.stackMask) | ((s[${ESP}] + ${released}) & cpu.stackMask)`;
  return `(op.base === ${ESP} ? ${popped} : s[op.base])`;
}

function segmentText(segment: SegmentPlace): string {
  return segment === 'operand' ? 'op.seg' : String(segment);
}

function registerText(place: RegisterPlace, bytes: number): string {
  const view = bytes === 4 ? 's' : bytes === 2 ? 'cpu.s16' : 'cpu.s8';
  if (place.at === 'field') return `${view}[op.${place.field}]`;
  const scaled = bytes === 4 ? place.index : bytes === 2 ? place.index * 2 : place.index * 4;
  return `${view}[${scaled}]`;
}

const PURE: Readonly<Record<PureOp, (...args: string[]) => string>> = {
  add: (a, b) => `(${a} + ${b}) | 0`,
  sub: (a, b) => `(${a} - ${b}) | 0`,
  and: (a, b) => `${a} & ${b}`,
  or: (a, b) => `${a} | ${b}`,
  xor: (a, b) => `${a} ^ ${b}`,
  shl: (a, b) => `${a} << ${b}`,
  shr: (a, b) => `(${a} >>> ${b}) | 0`,
  sar: (a, b) => `${a} >> ${b}`,
  mul: (a, b) => `Math.imul(${a}, ${b})`,
  eq: (a, b) => `(${a} | 0) === (${b} | 0) ? 1 : 0`,
  ne: (a, b) => `(${a} | 0) !== (${b} | 0) ? 1 : 0`,
  ltu: (a, b) => `${a} >>> 0 < ${b} >>> 0 ? 1 : 0`,
  lts: (a, b) => `(${a} | 0) < (${b} | 0) ? 1 : 0`,
  not: (a) => `~${a}`,
  select: (c, a, b) => `${c} ? ${a} : ${b}`,
  sx8: (a) => `(${a} << 24) >> 24`,
  sx16: (a) => `(${a} << 16) >> 16`,
  zx8: (a) => `${a} & 0xff`,
  zx16: (a) => `${a} & 0xffff`,
};

/** Condition code as an expression over the lazy flags; the same formulas as state/flags.ts `condition` (a test compares them). */
function emitCondition(code: number, used: Set<string>): string {
  const r = `s[${FLAG_RESULT}]`;
  const c = `s[${FLAG_CARRY}]`;
  const less = `(${r} ^ (${c} << 31) ^ ${c} ^ (${c} << 1)) < 0`;
  if (code >> 1 === 5) used.add('parityFlag');
  const test = [
    `(${c} ^ (${c} << 1)) < 0`,
    `${c} < 0`,
    `${r} === 0`,
    `${r} === 0 || ${c} < 0`,
    `(${r} ^ (${c} << 31)) < 0`,
    'parityFlag(s) === 1',
    less,
    `${r} === 0 || ${less}`,
  ][code >> 1];
  return code & 1 ? `${test} ? 0 : 1` : `${test} ? 1 : 0`;
}
