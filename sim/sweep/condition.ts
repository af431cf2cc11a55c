/**
 * Conditions of a sweep (`where`): comparisons of axes, configuration keys, numbers and texts, joined by
 * `and`, `or`, `not`, with + - * / and parentheses. `host.l1d.sizeKB * 2 <= host.l2.sizeKB`. A name stands
 * for the point's value of the axis or, when there is no such axis, of the key.
 */

export type ConditionValue = string | number | boolean | null;
export type LookUp = (name: string) => ConditionValue | undefined;
type Evaluate = (lookUp: LookUp) => ConditionValue;

/** What is wrong with a condition; the message is a clause. */
export class ConditionError extends Error {}

export class Condition {
  private readonly evaluate: Evaluate;

  constructor(readonly text: string) {
    const parser = new Parser(tokens(text));
    this.evaluate = parser.whole();
  }

  holds(lookUp: LookUp): boolean {
    const value = this.evaluate(lookUp);
    if (typeof value === 'boolean') return value;
    throw new ConditionError(`"${this.text}" is no condition: it gives ${JSON.stringify(value)}`);
  }
}

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|("[^"]*"|'[^']*')|([A-Za-z_][\w.]*)|(==|!=|<=|>=|[<>()+\-*/]))/y;

interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'sign';
  readonly text: string;
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new ConditionError(`"${text}" cannot be read at "${text.slice(at).trim()}"`);
    const [, number, quoted, name, sign] = match;
    if (number !== undefined) found.push({ kind: 'number', text: number });
    else if (quoted !== undefined) found.push({ kind: 'text', text: quoted.slice(1, -1) });
    else if (name !== undefined) found.push({ kind: 'name', text: name });
    else found.push({ kind: 'sign', text: sign as string });
  }
  return found;
}

const COMPARE: Readonly<Record<string, (a: number | string, b: number | string) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

class Parser {
  private at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Evaluate {
    const result = this.or();
    const rest = this.tokens[this.at];
    if (rest) throw new ConditionError(`"${rest.text}" is not expected there`);
    return result;
  }

  private or(): Evaluate {
    let left = this.and();
    while (this.takes('or')) {
      const [a, b] = [left, this.and()];
      left = (look) => truth(a(look)) || truth(b(look));
    }
    return left;
  }

  private and(): Evaluate {
    let left = this.not();
    while (this.takes('and')) {
      const [a, b] = [left, this.not()];
      left = (look) => truth(a(look)) && truth(b(look));
    }
    return left;
  }

  private not(): Evaluate {
    if (!this.takes('not')) return this.comparison();
    const operand = this.not();
    return (look) => !truth(operand(look));
  }

  private comparison(): Evaluate {
    const a = this.sum();
    if (this.takes('==')) return equality(a, this.sum(), true);
    if (this.takes('!=')) return equality(a, this.sum(), false);
    const sign = ['<=', '>=', '<', '>'].find((one) => this.takes(one));
    if (sign === undefined) return a;
    const [b, compare] = [this.sum(), COMPARE[sign] as (typeof COMPARE)[string]];
    return (look) => {
      const [left, right] = [a(look), b(look)];
      // Null is "none": it is neither above nor below anything.
      if (left === null || right === null) return false;
      return compare(left as number, right as number);
    };
  }

  private sum(): Evaluate {
    let left = this.product();
    for (;;) {
      if (this.takes('+')) left = arithmetic(left, this.product(), (a, b) => a + b);
      else if (this.takes('-')) left = arithmetic(left, this.product(), (a, b) => a - b);
      else return left;
    }
  }

  private product(): Evaluate {
    let left = this.operand();
    for (;;) {
      if (this.takes('*')) left = arithmetic(left, this.operand(), (a, b) => a * b);
      else if (this.takes('/')) left = arithmetic(left, this.operand(), (a, b) => a / b);
      else return left;
    }
  }

  private operand(): Evaluate {
    if (this.takes('(')) {
      const inside = this.or();
      if (!this.takes(')')) throw new ConditionError('a parenthesis is not closed');
      return inside;
    }
    if (this.takes('-'))
      return arithmetic(
        () => 0,
        this.operand(),
        (a, b) => a - b,
      );
    const token = this.tokens[this.at++];
    if (!token) throw new ConditionError('something is missing at its end');
    if (token.kind === 'number') return () => Number(token.text);
    if (token.kind === 'text') return () => token.text;
    if (token.kind === 'name') return named(token.text);
    throw new ConditionError(`"${token.text}" is not expected there`);
  }

  private takes(text: string): boolean {
    const token = this.tokens[this.at];
    if (!token || token.text !== text || token.kind === 'text' || token.kind === 'number')
      return false;
    this.at++;
    return true;
  }
}

const WORDS: Readonly<Record<string, ConditionValue>> = { true: true, false: false, null: null };

function named(name: string): Evaluate {
  const word = WORDS[name];
  if (word !== undefined) return () => word;
  return (lookUp) => {
    const value = lookUp(name);
    if (value === undefined)
      throw new ConditionError(`${name} is neither an axis nor a key with a single value`);
    return value;
  };
}

function equality(a: Evaluate, b: Evaluate, wanted: boolean): Evaluate {
  return (look) => (a(look) === b(look)) === wanted;
}

function arithmetic(a: Evaluate, b: Evaluate, compute: (a: number, b: number) => number): Evaluate {
  return (look) => {
    const [left, right] = [a(look), b(look)];
    if (typeof left === 'number' && typeof right === 'number') return compute(left, right);
    throw new ConditionError(
      `${JSON.stringify(left)} and ${JSON.stringify(right)} are not both numbers`,
    );
  };
}

function truth(value: ConditionValue): boolean {
  if (typeof value === 'boolean') return value;
  throw new ConditionError(`${JSON.stringify(value)} is neither true nor false`);
}
