/** Completion scripts: what bash itself makes of them. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { folderWith } from '../config/support.js';
import { chrysalis } from './fake.js';

const script = async (shell: string): Promise<string> =>
  (await chrysalis(['completion', shell])).stdout;

/** Asks bash for the completions of a line. */
function completed(bash: string, ...words: string[]): string[] {
  const asked = `${bash}\nCOMP_WORDS=(${words.map((w) => `"${w}"`).join(' ')})\nCOMP_CWORD=${words.length - 1}\n_chrysalis\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', asked], {
    encoding: 'utf8',
    cwd: folderWith({}),
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => /^[a-z-]/.test(word));
}

describe('completion', () => {
  it('knows commands, options and names, at any depth', async () => {
    const bash = await script('bash');
    expect(completed(bash, 'chrysalis', 'com')).toEqual(['compare', 'completion']);
    expect(completed(bash, 'chrysalis', 'config', 'ex')).toEqual(['explain']);
    expect(completed(bash, 'chrysalis', 'config', 'explain', 'tm')).toEqual(['tm5800']);
    expect(completed(bash, 'chrysalis', 'run', 'debian', '--max')).toEqual(['--max-instructions']);
    expect(completed(bash, 'chrysalis', 'sweep', 'chain')).toEqual(['chaining']);
    expect(completed(bash, 'chrysalis', 'compare', '--fail')).toEqual(['--fail-if']);
  });

  it('is there for zsh and fish', async () => {
    expect(await script('zsh')).toMatch(/^autoload .*bashcompinit\n# Completion/);
    const fish = await script('fish');
    expect(fish).toContain(
      `complete -c chrysalis -n '__fish_use_subcommand' -a 'run' -d 'boot a guest and run it'`,
    );
    expect(fish).toContain(`-n '__fish_seen_subcommand_from run' -l until -d`);
  });

  it('of another shell is refused', async () => {
    const run = await chrysalis(['completion', 'csh']);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(/Allowed choices are bash, zsh, fish/);
  });
});

describe('a slip of the hand', () => {
  it.each([
    [['rum'], /unknown command 'rum'\n\(Did you mean run\?\)/],
    [['sweep', 'x', '--job', '2'], /unknown option '--job'\n\(Did you mean --jobs\?\)/],
    [['report', 'x', '--rows', 'sample'], /Allowed choices are runs, counters, samples/],
  ])('%j', async (args, message) => {
    const run = await chrysalis(args);
    expect(run.stderr).toMatch(message);
    expect(run.exitCode).toBe(2);
  });
});
