/**
 * What no single key can say: values that contradict each other or need each other.
 * Only what can be known from the configuration alone; files are looked at by the loaders.
 */
import { hostProblems } from '../../hw/atom/host-problems.js';
import type { KeyPath } from './layer.js';
import type { MachineConfig } from './schema.js';

export interface CrossCheck {
  readonly path: KeyPath;
  readonly sentence: string;
}

export function crossChecks(config: MachineConfig): CrossCheck[] {
  return [
    ...hostChecks(config),
    ...softwareChecks(config),
    ...fastForwardChecks(config),
    ...bootChecks(config),
    ...machineChecks(config),
    ...patternChecks(config),
  ];
}

/** A host that could not run code at all. */
function hostChecks({ host }: MachineConfig): CrossCheck[] {
  return hostProblems(host).map(({ path, message }) => ({
    path: path
      .replaceAll('[', '.')
      .replaceAll(']', '')
      .split('.')
      .map((step) => (/^\d+$/.test(step) ? Number(step) : step)),
    sentence: message,
  }));
}

function softwareChecks({ cms, host, simulation }: MachineConfig): CrossCheck[] {
  const found: CrossCheck[] = [];
  const problem = (key: string, sentence: string): void => {
    found.push({ path: ['cms', ...key.split('.')], sentence });
  };
  const { tableEntries, returnPrediction } = cms.indirect;
  if (!powerOfTwo(tableEntries) && tableEntries !== 0)
    problem('indirect.tableEntries', `is ${tableEntries}; it must be 0 or a power of two`);
  if (returnPrediction && host.branch.returnStackEntries === 0)
    problem(
      'indirect.returnPrediction',
      'needs a return-target stack: set host.branch.returnStackEntries above 0, or this to false',
    );
  if (cms.selfModifying.protection === 'fine' && host.tBitGranuleBytes === 4096)
    problem(
      'selfModifying.protection',
      'is fine, but host.tBitGranuleBytes is 4096, a whole page: set it lower, or protection to page',
    );
  if (simulation.check && simulation.engine === 'reference')
    found.push({
      path: ['simulation', 'check'],
      sentence:
        'compares an engine with the golden interpreter, and simulation.engine is reference, the golden interpreter itself',
    });
  return found;
}

function fastForwardChecks({ simulation }: MachineConfig): CrossCheck[] {
  const { engine, timing, fastForward } = simulation;
  const key = fastForward.instructions === null ? 'until' : 'instructions';
  if (fastForward[key] === null) return [];
  const path = ['simulation', 'fastForward', key];
  if (engine === 'reference')
    return [
      {
        path,
        sentence:
          'leads to the full timing of a host, and simulation.engine reference has no host; take engine wasm or stepper',
      },
    ];
  if (timing === 'functional')
    return [
      {
        path,
        sentence:
          'leads from functional to full timing, and simulation.timing is functional; leave it full',
      },
    ];
  return [];
}

function powerOfTwo(n: number): boolean {
  return n > 0 && (n & (n - 1)) === 0;
}

function bootChecks({ boot, machine }: MachineConfig): CrossCheck[] {
  const missing = (key: string, flag: string): CrossCheck => ({
    path: ['boot', 'method'],
    sentence: `is ${boot.method}, which needs ${key} (on the command line: ${flag})`,
  });
  const found: CrossCheck[] = [];
  if (boot.method === 'linux' && boot.kernel === null)
    found.push(missing('boot.kernel', '--kernel FILE'));
  if (boot.method === 'multiboot' && boot.kernel === null)
    found.push(missing('boot.kernel', '--multiboot FILE'));
  if (boot.method === 'rom' && boot.rom.image === null)
    found.push(missing('boot.rom.image', '--rom FILE'));
  if (boot.method === 'bios' && machine.bios === null)
    found.push(missing('machine.bios', '--bios FILE'));
  if (boot.method === 'bootSector' && machine.disks[0]?.type !== 'disk') {
    found.push(missing('a hard disk as the first entry of machine.disks', '--disk FILE'));
  }
  const unused = (key: string, isUsed: boolean, method: string): void => {
    if (isUsed && boot.method !== method) {
      found.push({
        path: ['boot', key],
        sentence: `is used by boot.method ${method} only, and boot.method is ${boot.method}`,
      });
    }
  };
  unused('initrd', boot.initrd !== null, 'linux');
  unused('modules', boot.modules.length > 0, 'multiboot');
  return found;
}

function machineChecks({ machine, cpu }: MachineConfig): CrossCheck[] {
  const found: CrossCheck[] = [];
  const time = new Date(machine.rtcStart);
  if (
    Number.isNaN(time.getTime()) ||
    time.toISOString() !== machine.rtcStart.replace('Z', '.000Z')
  ) {
    found.push({
      path: ['machine', 'rtcStart'],
      sentence: `"${machine.rtcStart}" is not a date of the calendar`,
    });
  }
  machine.disks.forEach((disk, i) => {
    if (disk.writable && disk.type === 'cdrom') {
      found.push({
        path: ['machine', 'disks', i, 'writable'],
        sentence: 'a CD-ROM cannot be written',
      });
    }
    const twin = machine.disks.findIndex((other) => other.image === disk.image);
    if (disk.writable && twin !== i) {
      found.push({
        path: ['machine', 'disks', i, 'image'],
        sentence: `is also drive ${twin}; one image cannot be two writable drives`,
      });
    }
  });
  if (machine.apic && !cpu.features.msr) {
    found.push({
      path: ['machine', 'apic'],
      sentence: 'needs cpu.features.msr, since the local APIC is placed by an MSR',
    });
  }
  const revisions = [cpu.hardwareRevision.split('.'), cpu.cmsRevision.split(/[.-]/).slice(0, 4)];
  const keys = ['hardwareRevision', 'cmsRevision'];
  revisions.forEach((parts, i) => {
    if (parts.some((part) => Number(part) > 255)) {
      found.push({
        path: ['cpu', keys[i] as string],
        sentence: 'each of the first four numbers is a byte, at most 255',
      });
    }
  });
  return found;
}

function patternChecks({ run, simulation }: MachineConfig): CrossCheck[] {
  const found: CrossCheck[] = [];
  const check = (pattern: string | null, path: KeyPath): void => {
    if (pattern === null) return;
    try {
      new RegExp(pattern);
    } catch (error) {
      found.push({ path, sentence: `is not a regular expression: ${(error as Error).message}` });
      return;
    }
    if (new RegExp(pattern).test(''))
      found.push({ path, sentence: 'matches the empty text, so it would match at once' });
  };
  check(run.until, ['run', 'until']);
  check(simulation.fastForward.until, ['simulation', 'fastForward', 'until']);
  for (const [i, entry] of run.input.entries()) check(entry.after, ['run', 'input', i, 'after']);
  return found;
}
