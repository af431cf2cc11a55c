/** `chrysalis compare` on a terminal (in tmux): variants side by side while they run, keys, and what it leaves behind. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compiledMain } from '../native/plugin.js';
import { hasTmux, Tmux } from './support/tmux.js';

const program = `${process.execPath} ${compiledMain} compare tm5800 slots-2`;
const guest = (script: string): string => `--append 'quiet script="${script}"' --out c`;
/** Far longer than any test looks at it. */
const endless = `${program} ${guest('yes > /dev/null')} --max-instructions 20000000000`;
const short = `${program} ${guest('sieve 20000; exit 0')}`;
const given = 'echo rc=$?; stty -g | cmp - before && echo given back';
/** A figure of both variants and the difference in per cent. */
const compared = /^cycles +[\d.,]+ [kMG]? +[\d.,]+ [kMG]? +[+-]?\d+\.\d %/m;

const history = (tmux: Tmux) => (): string => tmux.history();

/** Result hashes of an object that a comparison printed. */
const hashes = (json: string): string[] => {
  const { variants } = JSON.parse(json) as { variants: readonly { resultHash: string }[] };
  return variants.map(({ resultHash }) => resultHash);
};

/** Types a key and waits until the terminal shows what it does. */
async function press(tmux: Tmux, key: string, pattern: RegExp): Promise<string> {
  tmux.type(key);
  return tmux.shows(pattern);
}

describe.skipIf(!hasTmux)('a comparison on a terminal (skipped: tmux is not installed)', () => {
  it('of 80 x 24 shows both runs and what differs; the keys of the help do what it says', async () => {
    const tmux = new Tmux(80, 24);
    tmux.type(`${endless}; ${given}`, 'Enter');
    await tmux.shows(compared);
    // Far enough to have figures in every row that is looked at.
    const screen = await tmux.shows(/^instructions +[\d.]+ M +[\d.]+ M$/m);
    expect(screen).toMatch(/^ chrysalis compare │ 2 running/);
    expect(screen).toMatch(/^ +A tm5800 +B slots-2$/m);
    expect(screen).toMatch(
      /^── at [\d.,]+( [kMG])? guest instructions, reached by all; samples inter/m,
    );
    expect(screen).toMatch(/^I issue +\d\.\d+ +I+ +\d\.\d+ +[+-]\d+\.\d % I+$/m);
    for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(80);

    await press(tmux, '?', /stop the runs; what they have is kept/);
    await press(tmux, 'Escape', /^state +running +running/m);
    await press(tmux, 'j', /^Guest instructions so far, of this variant alone\./m);
    await press(tmux, 'Down', /^Guest instructions simulated in a microsecond/m);
    await press(tmux, 'k', /^Guest instructions so far/m);
    await press(tmux, 'End', /^tcache\.installed +/m);
    await press(tmux, 'Home', /^state +running +running/m);
    await press(tmux, 'd', /only differences above 2 %/);
    await press(tmux, '>', /a difference is one above 5 %/);
    await press(tmux, '<', /a difference is one above 2 %/);
    await press(tmux, '+', /refreshed 8 times a second/);
    await press(tmux, '-', /refreshed 5 times a second/);
    await press(tmux, 'Escape', /── CPI stack: cycles an instruction/);
    const curves = await press(tmux, 'c', /IPC, of all up to there, over guest instructions/);
    expect(curves).toMatch(/^A tm5800 {2}B slots-2$/m);
    expect(curves).toMatch(/[AB*]{5}/);
    expect(curves).toMatch(/^ +1,000 .*100 k/m);
    await press(tmux, 'c', /── CPI stack/);
    await press(tmux, 'C-l', /── CPI stack/);

    tmux.type('q');
    const after = await tmux.shows(/rc=0\ngiven back/, history(tmux));
    expect(after).toMatch(/interrupted; what is finished is kept and not run again/);
    // What there is is compared, and marked.
    expect(after).toMatch(/^tm5800 +[\d,]+ +[\d,]+ +\d\.\d{3} /m);
    expect(after).toMatch(/slots-2: partial results \(interrupted by SIGTERM\)/);
    const { variants } = JSON.parse(readFileSync(join(tmux.folder, 'c', 'compare.json'), 'utf8'));
    for (const { partial } of variants) expect(partial).toBe(true);
  });

  it('of 40 x 10 has a column, tab the next; any size can come; ctrl-c ends with 130', async () => {
    const tmux = new Tmux(40, 10);
    tmux.type(`${endless}; ${given}`, 'Enter');
    await tmux.shows(/^tab: 1 more {3}A tm5800$/m);
    await press(tmux, 'Tab', /^tab: 1 more {3}B slots-2$/m);
    for (const [columns, rows] of [
      [1, 1],
      [200, 60],
      [3, 50],
      [300, 2],
      [30, 4],
    ] as const)
      tmux.resize(columns, rows);
    await tmux.shows(/^B [+-]\d+\.\d % IPC \d/);
    tmux.resize(200, 60);
    await tmux.shows(/^── tcache ─+$/m);
    tmux.type('C-c');
    const after = await tmux.shows(/rc=130\ngiven back/, history(tmux));
    expect(after).not.toMatch(/^tm5800 +[\d,]+ +[\d,]+ /m);
  });

  it('leaves by itself when the runs are over, and prints the tables; results are those of no screen', async () => {
    const tmux = new Tmux(120, 40);
    tmux.type(`${short}; ${given}`, 'Enter');
    const after = await tmux.shows(/rc=0\ngiven back/, history(tmux));
    expect(after).toMatch(/2\/2 .*: [\d,]+ instructions, IPC/);
    expect(after).toMatch(/slots-2 takes \d+\.\d % more cycles than tm5800: /);
    const shown = readFileSync(join(tmux.folder, 'c', 'compare.json'), 'utf8');
    const options = { encoding: 'utf8', cwd: tmux.folder, shell: true } as const;
    const plain = spawnSync(`${short} --rerun --json`, options);
    expect(plain.status).toBe(0);
    expect(hashes(plain.stdout)).toEqual(hashes(shown));
  });

  it('is suspended and continued', async () => {
    const tmux = new Tmux(80, 24);
    tmux.type('set -m', 'Enter', endless, 'Enter');
    await tmux.shows(compared);
    tmux.type('C-z');
    await tmux.shows(/Stopped|Suspended/i);
    tmux.type('fg', 'Enter');
    await tmux.shows(compared);
    tmux.type('q');
    await tmux.shows(/what is finished is kept/, history(tmux));
  });

  it('is given back at SIGTERM', async () => {
    const tmux = new Tmux(80, 24);
    tmux.type(`sh -c 'echo $$ > pid; exec ${endless.replaceAll("'", `'\\''`)}'; ${given}`, 'Enter');
    await tmux.shows(compared);
    process.kill(Number(readFileSync(join(tmux.folder, 'pid'), 'utf8')), 'SIGTERM');
    await tmux.shows(/rc=143\ngiven back/, history(tmux));
  });

  it.each([
    ['TERM=dumb', ''],
    ['CI=1', ''],
    ['', '--no-dashboard'],
  ])('has none with %s%s', async (environment, option) => {
    const tmux = new Tmux(80, 24);
    tmux.type(`env ${environment} ${short} ${option}; ${given}`, 'Enter');
    const after = await tmux.shows(/rc=0\ngiven back/, history(tmux));
    // The shell may have printed its prompt before it read the command.
    expect(after).toMatch(/^(host> )?chrysalis: 1\/2 /m);
  });

  it('without colours gets none', async () => {
    const tmux = new Tmux(80, 24);
    tmux.type(`env NO_COLOR=1 ${endless}`, 'Enter');
    await tmux.shows(compared);
    const sequences = tmux.run('capture-pane', '-pe').split('\x1b[').slice(1);
    expect(sequences.length).toBeGreaterThan(4);
    for (const sequence of sequences)
      for (const code of sequence.slice(0, sequence.indexOf('m')).split(';'))
        expect(Number(code) < 30 || code === '39' || code === '49').toBe(true);
    tmux.type('q');
    await tmux.shows(/what is finished is kept/, history(tmux));
  });
});
