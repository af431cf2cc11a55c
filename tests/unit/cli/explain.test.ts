/** `chrysalis explain` with a scripted machine: what it asks for, its answers, mistakes. */
import { describe, expect, it } from 'vitest';
import type { ExplainRequest, Explanation } from '../../../sim/explain/explanation.js';
import { explained, PROGRAM } from '../explain/stage.js';
import { chrysalis, FakeMachine, powerOff, type Step } from './fake.js';

const end: readonly Step[] = [{ at: 100, print: 'guest text\n', end: powerOff }];
const boot = ['--kernel', 'vmlinuz'];

/** Runs `explain` on a machine that remembers what it was asked and answers as given. */
async function explain(
  args: readonly string[],
  answer: Parameters<typeof scripted>[0] = { kind: 'explained', translations: [] },
  steps = end,
) {
  const asked: ExplainRequest[] = [];
  const createMachine = scripted(answer, asked, steps);
  return { ...(await chrysalis(['explain', ...args], { createMachine })), asked };
}

function scripted(
  answer: ReturnType<FakeMachine['explain']>,
  asked: ExplainRequest[],
  steps: readonly Step[],
) {
  return (config: FakeMachine['config'], { loadBoot }: { loadBoot: boolean }) => {
    const machine = new FakeMachine(steps, config, loadBoot, () => {});
    machine.explainer = (request) => {
      asked.push(request);
      return answer;
    };
    return machine;
  };
}

const translations = ((): readonly Explanation[] => {
  const answer = explained(PROGRAM).explainer.answer({ top: 2 });
  return answer.kind === 'explained' ? answer.translations : [];
})();
const found = { kind: 'explained', translations } as const;

describe('what is asked for', () => {
  it.each([
    ['the three hottest', boot, { top: 3 }],
    ['more of them', [...boot, '--top', '12'], { top: 12 }],
    ['an address alone', ['0xC0101234', ...boot], { top: 3, eip: 0xc0101234 }],
    ['an address of a preset', ['tm5800', '0x1000', ...boot], { top: 3, eip: 0x1000 }],
  ])('%s', async (_name, args, request) => {
    const { asked, exitCode } = await explain(args, found);
    expect(exitCode).toBe(0);
    expect(asked).toEqual([request]);
  });
});

describe('the answer', () => {
  it('is text on stdout, without the guest console', async () => {
    const { stdout, stderr } = await explain(boot, found);
    expect(stdout).toMatch(/^#1 superblock 0x/);
    expect(stdout).toContain('\n#2 ');
    expect(stdout).not.toContain('guest text');
    expect(stderr).toContain('the guest powered off');
  });

  it('is one object with --json', async () => {
    const { stdout } = await explain([...boot, '--json'], found);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ schema: 'chrysalis/explain/1', name: 'tm5800' });
    expect(report.translations).toEqual(JSON.parse(JSON.stringify(translations)));
  });

  it('comes at a limit, too, which is no failure', async () => {
    const { exitCode, stdout } = await explain([...boot, '--max-instructions', '50'], found);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^#1 /);
  });

  it('comes after a crash of the guest, which is told', async () => {
    const crash = [{ at: 5, end: { kind: 'tripleFault', where: '8:1234' } as const }];
    const { exitCode, stdout } = await explain(boot, found, crash);
    expect(exitCode).toBe(5);
    expect(stdout).toMatch(/^#1 /);
  });
});

describe('mistakes', () => {
  it.each([
    ['an address that is none', ['tm5800', 'main'], 'takes a guest address in hex'],
    ['an address of more than 32 bits', ['tm5800', '0x123456789'], 'takes a guest address in hex'],
    ['a number that is none', ['--top', 'all'], '--top takes a number from 1 to 9999'],
    ['both', ['0x1000', '--top', '2'], 'exclude each other'],
    ['the golden interpreter', ['--set', 'simulation.engine=reference'], 'makes no translations'],
  ])('%s', async (_name, args, sentence) => {
    const { exitCode, stdout, stderr } = await explain([...args, ...boot], found);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(sentence);
  });

  it('an address without translation: one sentence with the nearest ones', async () => {
    const answer = { kind: 'unknown', nearest: [0x1000, 0xc0100000] } as const;
    const { exitCode, stdout, stderr } = await explain(['0x2345', ...boot], answer);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(
      'chrysalis: no translation holds 0x00002345; the nearest ones begin at 0x00001000, 0xc0100000\n',
    );
  });

  it.each([
    [{ kind: 'unknown', nearest: [] } as const, 'the run has made none'],
    [{ kind: 'explained', translations: [] } as const, 'the run has made no translation'],
    [{ kind: 'noTranslations' } as const, 'the machine makes no translations'],
  ])('nothing to explain: %j', async (answer, sentence) => {
    const { exitCode, stderr } = await explain(['0x2345', ...boot], answer);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(sentence);
  });
});
