/**
 * `chrysalis completion bash | zsh | fish`: a script that completes commands, options and the names of
 * presets and experiments, made of the commands themselves. Where anything may be a file, files complete.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { ExitCode } from '../base/errors.js';
import type { CliHost } from './cli-host.js';
import { packageRoot } from './package-info.js';
import { presetNames } from './presets.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

const examples = `Examples:
  source <(chrysalis completion bash)
  chrysalis completion zsh > ~/.zsh/chrysalis.zsh    and source it from ~/.zshrc
  chrysalis completion fish > ~/.config/fish/completions/chrysalis.fish
`;

export function addCompletionCommand(
  program: Command,
  host: CliHost,
  exit: (code: ExitCode) => void,
): void {
  program
    .command('completion')
    .summary('completion for a shell')
    .description('Prints a script that completes commands, options and names of presets.')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('before', examples)
    .action((shell: Shell) => {
      host.stdout.write(completionScript(shell, completions(program)));
      exit(ExitCode.ok);
    });
}

/** What may follow a command. */
export interface Completion {
  /** "config explain"; "" for the program itself. */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly text: string }[];
}

export function completions(program: Command): Completion[] {
  const found: Completion[] = [];
  const visit = (command: Command, path: string): void => {
    const visible = visibleCommands(command);
    const commands = visible.map((one) => ({
      word: one.name(),
      text: one.summary() || one.description(),
    }));
    const options = command.options.map((option) => ({
      word: option.long ?? option.flags,
      text: option.description,
    }));
    found.push({ path, words: [...commands, ...names(path), ...options] });
    for (const child of visible)
      visit(child, path === '' ? child.name() : `${path} ${child.name()}`);
  };
  visit(program, '');
  return found;
}

/** Those that --help shows, without the one that shows it. */
function visibleCommands(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
}

const TAKES_PRESETS = [
  'run',
  'explain',
  'compare',
  'config check',
  'config explain',
  'config diff',
];

function names(path: string): { word: string; text: string }[] {
  if (TAKES_PRESETS.includes(path)) return presetNames().map((word) => ({ word, text: 'preset' }));
  if (path === 'sweep') return experimentNames().map((word) => ({ word, text: 'experiment' }));
  return path === 'completion' ? SHELLS.map((word) => ({ word, text: 'shell' })) : [];
}

export function experimentNames(): string[] {
  return readdirSync(join(packageRoot(), 'configs', 'experiments'))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();
}

export function completionScript(shell: Shell, list: readonly Completion[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(list);
    case 'zsh':
      // zsh reads bash's form after this.
      return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(list)}`;
    case 'fish':
      return fishScript(list);
    default:
      return shell satisfies never;
  }
}

function bashScript(list: readonly Completion[]): string {
  const cases = list.map(
    ({ path, words }) => `    "${path}") words="${words.map(({ word }) => word).join(' ')}" ;;`,
  );
  const parents = list.filter(({ path }) => path !== '').map(({ path }) => `"${path}"`);
  return `# Completion of chrysalis for bash.
_chrysalis() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${parents.join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current"))
}
complete -o filenames -F _chrysalis chrysalis
`;
}

function fishScript(list: readonly Completion[]): string {
  const quoted = (text: string): string =>
    `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = list.flatMap(({ path, words }) => {
    const steps = path.split(' ').filter((step) => step !== '');
    const seen = steps.map((step) => `__fish_seen_subcommand_from ${step}`).join('; and ');
    const condition = steps.length === 0 ? '__fish_use_subcommand' : seen;
    return words.map(({ word, text }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${quoted(word)}`;
      return `complete -c chrysalis -n ${quoted(condition)} ${what} -d ${quoted(text)}`;
    });
  });
  return `# Completion of chrysalis for fish.\n${lines.join('\n')}\n`;
}
