/**
 * Runs the cases on this machine's processor. Where it is of the family on which the fixture was
 * made, the outcomes have to be the stored ones, byte for byte. With X87_VECTORS=write in the
 * environment the fixture is written anew instead.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Outcome } from './case.js';
import { digestOf, FIXTURE, Fixture, packFixture } from './fixture.js';
import { buildRunner } from './native.js';
import { planRow, rowKey } from './plan.js';
import { mmxRows, x87Rows } from './rows.js';

const runner = buildRunner();
const rows = [...x87Rows, ...mmxRows];
const write = process.env.X87_VECTORS === 'write';

/** The fixture was made on an AMD processor of family 1Ah; others may differ in last bits and pointers. */
function isSameFamily(): boolean {
  try {
    const text = readFileSync('/proc/cpuinfo', 'utf8');
    return text.includes('AuthenticAMD') && /cpu family\s*: 26$/m.test(text);
  } catch {
    return false;
  }
}

const asText = (o: Outcome): string =>
  o.fault !== 0
    ? `fault ${o.fault}`
    : `${o.eax} ${o.eflags} ${Buffer.from(o.image).toString('hex')} ${Buffer.from(o.memory).toString('hex')}`;

it.skipIf(typeof runner === 'string' || !(write || isSameFamily()))(
  'silicon gives what is stored',
  () => {
    if (typeof runner === 'string') return;
    const played = rows.map((row) => {
      const cases = planRow(row);
      return { key: rowKey(row), digest: digestOf(cases), cases, outcomes: runner(cases) };
    });
    if (write) writeFileSync(FIXTURE, packFixture(played));
    const fixture = new Fixture(readFileSync(FIXTURE));
    for (const { key, cases, outcomes } of played) {
      const stored = fixture.outcomes(key, cases);
      const differing = outcomes.filter((o, i) => asText(o) !== asText(stored[i]));
      expect([key, differing.length]).toEqual([key, 0]);
    }
  },
);
