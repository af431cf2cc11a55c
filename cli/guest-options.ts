/** The options that say which machine runs which guest, the same for each command that runs one. */
import { type Command, Option } from 'commander';
import { layerOf, type ResolvedConfig, resolveConfig } from '../sim/config/resolve.js';
import type { MachineConfig } from '../sim/config/schema.js';
import type { CliHost } from './cli-host.js';
import { configPath, presetPath } from './presets.js';
import { namesGuest, type RunOptions, runOverrides } from './run-options.js';

export function addGuestOptions(command: Command): Command {
  return command
    .addOption(many('--set <key=value>', 'override one key of the configuration (repeatable)'))
    .addOption(
      many('--with <config>', 'lay another file or preset over the configuration (repeatable)'),
    )
    .option('--check', 'compare with the golden interpreter at each commit (simulation.check)')
    .option('--kernel <file>', 'boot a Linux bzImage')
    .option('--initrd <file>', 'initial RAM disk of the Linux kernel')
    .option('--append <text>', 'kernel command line')
    .option('--multiboot <file>', 'boot a multiboot 1 kernel')
    .addOption(many('--module <file>', 'multiboot module, "FILE ARGUMENTS" (repeatable)'))
    .option('--rom <file>', 'boot a flat ROM below 1 MB (boot.rom.* say where)')
    .addOption(many('--disk <file>', 'hard disk image (repeatable); boots from the first'))
    .addOption(many('--cdrom <file>', 'CD-ROM image (repeatable)'))
    .option('--bios <file>', 'BIOS image to boot the disks with')
    .option('--disk-write', 'write to the disk images (default: an overlay that ends with the run)')
    .option('--memory <MB>', 'guest RAM')
    .option('--until <regex>', 'end the run when a console line matches')
    .option('--max-instructions <n>', 'end the run after n guest instructions')
    .option('--fast-forward <n>', 'run n guest instructions functionally, then time all cycles')
    .option('--fast-forward-until <regex>', 'the same until a console line matches')
    .addOption(
      many('--input <text|@file>', 'type at the console: text with \\n, or a file (repeatable)'),
    )
    .addOption(
      many(
        '--input-after <regex>',
        'type the --input of the same position when a console line matches',
      ),
    );
}

/** An option that may be given again and again. */
export function many(flags: string, text: string): Option {
  const list = (item: string, before: string[] | undefined): string[] => [...(before ?? []), item];
  return new Option(flags, text).argParser(list as never);
}

export function guestConfiguration(
  argument: string | undefined,
  options: RunOptions,
  host: CliHost,
): MachineConfig {
  return resolvedGuest(argument, options, host).config;
}

/** The same with the origin of each value. */
export function resolvedGuest(
  argument: string | undefined,
  options: RunOptions,
  host: CliHost,
): ResolvedConfig {
  const file =
    argument === undefined
      ? presetPath(namesGuest(options) ? 'tm5800' : 'default')
      : configPath(argument);
  const request = {
    file,
    over: (options.with ?? []).map(configPath),
    environment: host.environment,
    ...(namesGuest(options) ? {} : { guest: presetPath('default') }),
  };
  return resolveConfig({ ...request, overrides: runOverrides(options, layerOf(request)) });
}
