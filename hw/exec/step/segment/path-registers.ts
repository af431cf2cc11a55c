/**
 * The registers of the working file along a path, in the text of a segment: local variables (`r5`) that
 * are read from the file when a path first needs them. The file itself is brought up to date where the
 * segment may be left, so no variable is live where paths meet: that keeps the text cheap to compile.
 */
import { R_ZERO } from '../../../atom/registers.js';

export class PathRegisters {
  /** Registers whose variables hold their values, and those that the file does not hold yet. */
  private readonly known: Set<number>;
  private readonly unstored: Set<number>;

  constructor(from?: PathRegisters) {
    this.known = new Set(from?.known);
    this.unstored = new Set(from?.unstored);
  }

  copy(): PathRegisters {
    return new PathRegisters(this);
  }

  /** Text of a register's value; where that needs a statement, it goes to `before`. */
  read(r: number, before: string[]): string {
    if (r === R_ZERO) return '0';
    if (!this.known.has(r)) {
      this.known.add(r);
      before.push(`const r${r} = w[${r}];`);
    }
    return `r${r}`;
  }

  write(r: number, expression: string): string {
    this.known.add(r);
    this.unstored.add(r);
    return `const r${r} = ${expression};`;
  }

  /** Text that brings the file up to date. */
  store(): string[] {
    const text = [...this.unstored].map((r) => `w[${r}] = r${r};`);
    this.unstored.clear();
    return text;
  }

  /** The file holds everything but these. */
  onlyUnstored(registers: ReadonlySet<number>): void {
    for (const r of [...this.unstored]) if (!registers.has(r)) this.unstored.delete(r);
  }
}
