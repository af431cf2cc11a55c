/**
 * Checks the rules of the intermediate representation (ir.ts); whatever breaks one is a bug of the
 * lifter or of the pass that ran last. Values are defined before they are used and do not live
 * across an assist; the one unconditional exit stands at the end; each exit belongs to one
 * operation; `mq` follows its multiplication or division before the next one.
 */
import { SimulatorBug } from '../../base/errors.js';
import type { IrExit, IrOp, IrRegion, ValueId } from './ir.js';
import { exitOf, IR_OPS, writesMq } from './ir-ops.js';
import { opText } from './ir-text.js';

/** The first broken rule in words, or undefined. */
export function irProblem(ir: IrRegion): string | undefined {
  const check = new Check(ir);
  for (const [index, op] of ir.ops.entries()) {
    const problem = check.operation(op, index === ir.ops.length - 1);
    if (problem) return `${opText(op)} (operation ${index}): ${problem}`;
  }
  return check.end();
}

/** Throws where a rule is broken; `where` names the pass. */
export function checkIr(ir: IrRegion, where: string): void {
  const problem = irProblem(ir);
  if (problem)
    throw new SimulatorBug(`broken intermediate representation after ${where}: ${problem}`);
}

class Check {
  private readonly defined = new Set<ValueId>();
  /** Values that may be used: defined since the last barrier, and offering a result. */
  private usable = new Set<ValueId>();
  private readonly exitsSeen = new Set<number>();
  private lastMq: ValueId = -1;

  constructor(private readonly ir: IrRegion) {}

  operation(op: IrOp, last: boolean): string | undefined {
    return this.arguments(op) ?? this.fields(op) ?? this.exit(op, last) ?? this.define(op);
  }

  end(): string | undefined {
    if (this.ir.ops.length === 0) return 'no operations';
    const unused = this.ir.exits.find((exit) => !this.exitsSeen.has(exit.index));
    return unused ? `exit ${unused.index} belongs to no operation` : undefined;
  }

  private arguments(op: IrOp): string | undefined {
    const { least, most } = IR_OPS[op.op];
    if (op.args.length < least || op.args.length > most) return 'wrong number of arguments';
    return this.firstUnusable(op.args);
  }

  private firstUnusable(values: Iterable<ValueId>): string | undefined {
    for (const value of values) {
      if (this.usable.has(value)) continue;
      return this.defined.has(value)
        ? `v${value} does not live on behind the assist, or has no result`
        : `v${value} is not defined before`;
    }
    return undefined;
  }

  private fields(op: IrOp): string | undefined {
    switch (op.op) {
      case 'trap':
      case 'exitIf':
        return (op.args.length === 0) === validCode(op.code)
          ? undefined
          : 'value or code, not both';
      case 'cond':
      case 'selcc':
        return validCode(op.code) ? undefined : 'no such condition code';
      case 'mq':
        return op.args[0] === this.lastMq ? undefined : 'the other result is lost';
      default:
        return undefined;
    }
  }

  private exit(op: IrOp, last: boolean): string | undefined {
    if ((op.op === 'exit') !== last) return 'the unconditional exit is the last operation';
    const exit = exitOf(this.ir, op);
    if (!exit) return 'exit' in op && op.exit !== undefined ? 'no such exit' : undefined;
    if (this.exitsSeen.has(exit.index)) return 'its exit belongs to another operation';
    this.exitsSeen.add(exit.index);
    return this.exitFields(op, exit) ?? this.firstUnusable(snapshotValues(exit));
  }

  private exitFields(op: IrOp, exit: IrExit): string | undefined {
    const computed = exit.kind === 'indirect' || exit.kind === 'return';
    if (exit.target >= 0 !== computed) return 'only computed targets have a value';
    if ((exit.eip === -1) !== computed) return 'only computed targets have no address';
    if ((exit.kind === 'assist') !== (op.op === 'assist')) return 'exit of another kind';
    if ((exit.kind === 'commit') !== (op.op === 'commit')) return 'exit of another kind';
    return exit.instructions <= exit.steps ? undefined : 'more instructions than steps';
  }

  private define(op: IrOp): string | undefined {
    if (this.defined.has(op.id)) return 'defined twice';
    if (op.id >= this.ir.nextId) return 'its number is not given out yet';
    this.defined.add(op.id);
    if (op.op === 'assist') {
      this.usable = new Set();
      this.lastMq = -1;
    } else if (IR_OPS[op.op].hasResult) this.usable.add(op.id);
    if (writesMq(op)) this.lastMq = op.id;
    return undefined;
  }
}

const validCode = (code: number): boolean => Number.isInteger(code) && code >= 0 && code < 16;

function* snapshotValues(exit: IrExit): Generator<ValueId> {
  for (const value of exit.registers) if (value >= 0) yield value;
  if (exit.target >= 0) yield exit.target;
  if (exit.skipped >= 0) yield exit.skipped;
}
