/**
 * Every configuration key of the machine, declared once. Sections follow the parts of the
 * machine; a key's default is the TM5800 PC of docs/numbers, unless its doc says otherwise.
 * Numbers carry their unit in the name. Presets in configs/ hold only what differs from here.
 */
import { z } from 'zod';
import { key } from '../../base/config-schema.js';
import { cmsSection } from './cms-schema.js';
import { hostSection } from './host-schema.js';

const features = key.section(
  'What CPUID leaf 1 announces; an instruction that is not announced raises #UD.',
  {
    fpu: key.flag({ default: true, source: 'datasheet', doc: 'x87 floating point on the chip.' }),
    vme: key.flag({ default: true, source: 'datasheet', doc: 'Virtual-8086 mode extensions.' }),
    de: key.flag({
      default: true,
      source: 'datasheet',
      doc: 'Debugging extensions (I/O breakpoints).',
    }),
    pse: key.flag({ default: true, source: 'datasheet', doc: 'Pages of 4 MB.' }),
    tsc: key.flag({ default: true, source: 'datasheet', doc: 'Time stamp counter and rdtsc.' }),
    msr: key.flag({ default: true, source: 'datasheet', doc: 'rdmsr and wrmsr.' }),
    cx8: key.flag({ default: true, source: 'datasheet', doc: 'cmpxchg8b.' }),
    sep: key.flag({ default: false, source: 'assumed', doc: 'sysenter and sysexit.' }),
    pge: key.flag({ default: true, source: 'assumed', doc: 'Global pages (CR4.PGE).' }),
    cmov: key.flag({ default: true, source: 'datasheet', doc: 'cmov, fcmov and fcomi.' }),
    mmx: key.flag({ default: true, source: 'datasheet', doc: 'MMX.' }),
    fxsr: key.flag({ default: false, source: 'assumed', doc: 'fxsave and fxrstor.' }),
  },
);

const cpu = key.section('How the guest processor presents itself.', {
  vendor: key.formed({
    default: 'GenuineTMx86',
    pattern: /^[\x20-\x7e]{12}$/,
    form: 'exactly 12 printable characters',
    source: 'datasheet',
    doc: 'Vendor name of CPUID leaf 0.',
  }),
  family: key.int({
    default: 5,
    min: 4,
    max: 15,
    source: 'datasheet',
    doc: 'Family of CPUID leaf 1.',
  }),
  model: key.int({
    default: 4,
    min: 0,
    max: 15,
    source: 'datasheet',
    doc: 'Model of CPUID leaf 1.',
  }),
  stepping: key.int({
    default: 3,
    min: 0,
    max: 15,
    source: 'assumed',
    doc: 'Stepping of CPUID leaf 1.',
  }),
  brand: key.text({
    default: 'Transmeta(tm) Crusoe(tm) Processor TM5800',
    maxLength: 47,
    source: 'assumed',
    doc: 'Marketing name of CPUID leaves 0x80000002-4.',
  }),
  hardwareRevision: key.formed({
    default: '1.4.1.0',
    pattern: /^\d{1,3}(\.\d{1,3}){3}$/,
    form: 'four numbers up to 255 with dots, such as 1.4.1.0',
    source: 'assumed',
    doc: 'Processor revision of CPUID leaf 0x80860001.',
  }),
  cmsRevision: key.formed({
    default: '4.4.3-1-0',
    pattern: /^\d{1,3}\.\d{1,3}\.\d{1,3}-\d{1,3}-\d{1,9}$/,
    form: 'five numbers written as 4.4.3-1-0',
    source: 'assumed',
    doc: 'Code morphing software revision of CPUID leaf 0x80860002.',
  }),
  cmsRelease: key.text({
    default: 'Transmeta(tm) Crusoe(tm) TM5800, CMS by Chrysalis',
    maxLength: 63,
    source: 'assumed',
    doc: 'Text of CPUID leaves 0x80860003-6, which Linux prints as the processor.',
  }),
  features,
});

const disk = key.item({
  image: key.requiredPath({ doc: 'Disk image: a plain copy of all sectors (.img, .iso).' }),
  type: key.choice({
    of: ['disk', 'cdrom'],
    default: 'disk',
    doc: 'A hard disk (512-byte sectors) or a CD-ROM.',
  }),
  writable: key.flag({
    default: false,
    doc: 'Writes go to the image file; otherwise to an overlay in memory that ends with the run.',
  }),
});

const machine = key.section('The board: a PC with the i440FX/PIIX chip set.', {
  memoryMB: key.int({
    default: 64,
    min: 2,
    max: 2048,
    unit: 'MB',
    source: 'assumed',
    doc: 'Guest RAM.',
  }),
  rtcStart: key.formed({
    default: '2001-06-25T12:00:00Z',
    pattern: /^(19|20)\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
    form: 'a UTC time written as 2001-06-25T12:00:00Z',
    source: 'assumed',
    doc: 'What the real-time clock shows at power-on; a fixed time keeps runs repeatable.',
  }),
  apic: key.flag({
    default: false,
    source: 'assumed',
    doc: 'Local APIC, I/O APIC, the MP table that describes them and the CPUID bit.',
  }),
  acpi: key.flag({
    default: true,
    source: 'assumed',
    doc: 'ACPI tables and power management, enough to power off.',
  }),
  bios: key.path({
    doc: 'BIOS image mapped below 1 MB and below 4 GB (SeaBIOS works); null: no BIOS.',
  }),
  vgaBios: key.path({ doc: 'VGA option ROM mapped at 0xC0000; null: none.' }),
  disks: key.list(disk, {
    max: 4,
    doc: 'IDE drives in order: primary master and slave, secondary master and slave.',
  }),
  serialPacing: key.choice({
    of: ['none', 'baud'],
    default: 'none',
    source: 'assumed',
    doc: 'Time that a byte takes on the serial line: none, or as the programmed baud rate says.',
  }),
  debugExitPort: key.optionalInt({
    default: 0xf4,
    min: 0,
    max: 0xffff,
    source: 'assumed',
    doc: 'I/O port (of four) whose write of n ends the run with status 2n + 1, as QEMU does; null: no such port.',
  }),
  debugConsole: key.flag({
    default: true,
    source: 'assumed',
    doc: 'Bytes written to I/O port 0xE9 reach the console.',
  }),
});

const rom = key.section('The flat ROM of method rom.', {
  image: key.path({ doc: 'ROM image, loaded below 1 MB.' }),
  address: key.int({
    default: 0xf0000,
    min: 0x500,
    max: 0xfffff,
    unit: 'byte address',
    doc: 'Where the image begins (with entry reset the image ends at 1 MB instead).',
  }),
  entry: key.formed({
    default: 'reset',
    pattern: /^(reset|[0-9a-fA-F]{1,4}:[0-9a-fA-F]{1,4})$/,
    form: 'reset, or segment:offset in hexadecimal such as f000:0000',
    doc: 'First instruction: the reset vector at the end of the image, or a real-mode address.',
  }),
});

const module = key.item({
  file: key.requiredPath({ doc: 'File loaded beside the kernel.' }),
  append: key.text({ default: '', doc: 'Command line of the module.' }),
});

const boot = key.section('What the machine boots.', {
  method: key.choice({
    of: ['linux', 'multiboot', 'rom', 'bios', 'bootSector'],
    default: 'bootSector',
    doc: 'linux: bzImage; multiboot: multiboot 1 kernel; rom: flat ROM; bios: what machine.bios finds; bootSector: first sector of the first disk.',
  }),
  kernel: key.path({ doc: 'Kernel file of the methods linux and multiboot.' }),
  initrd: key.path({ doc: 'Initial RAM disk of method linux.' }),
  modules: key.list(module, { max: 64, doc: 'Modules of method multiboot.' }),
  append: key.text({ default: '', doc: 'Kernel command line of the methods linux and multiboot.' }),
  rom,
  missingHint: key.text({ default: '', doc: 'What to tell a user whose boot files do not exist.' }),
});

const input = key.item({
  text: key.text({ default: '', doc: 'Text typed at the serial console.' }),
  after: key.optionalText({
    doc: 'Regular expression: the text is typed when new console output matches it; null: at once.',
  }),
});

const run = key.section('When the run ends, and what is typed.', {
  maxInstructions: key.optionalInt({
    default: null,
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    unit: 'guest instructions',
    doc: 'The run ends (exit code 6) when so many have executed; null: no limit.',
  }),
  until: key.optionalText({ doc: 'Regular expression: the run ends when the console shows it.' }),
  input: key.list(input, { max: 1000, doc: 'Typed at the serial console, one after the other.' }),
});

const fastForward = key.section(
  'The first part of the run goes by in the functional timing model; what is measured begins behind it.',
  {
    instructions: key.optionalInt({
      default: null,
      min: 1,
      max: Number.MAX_SAFE_INTEGER,
      unit: 'guest instructions',
      doc: 'Fast-forwards so many, counted from the start of the run; null: no such limit. With `until`, too, the first that comes ends it.',
    }),
    until: key.optionalText({
      doc: 'Regular expression: fast-forwards until the console shows it.',
    }),
  },
);

const simulation = key.section('How the simulator executes the machine; the guest cannot tell.', {
  engine: key.choice({
    of: ['wasm', 'stepper', 'reference'],
    default: 'wasm',
    doc: 'wasm: the VLIW host under code morphing, hot code compiled to WebAssembly; stepper: the same machine and the same cycles, molecule by molecule; reference: the golden interpreter alone, one cycle per guest instruction, without a host.',
  }),
  timing: key.choice({
    of: ['full', 'functional'],
    default: 'full',
    doc: 'full: every cycle of the host is counted; functional: the same translations run, but time is one cycle for each guest instruction, without caches and without the work of the code morphing software (as engine reference counts it in any case).',
  }),
  fastForward,
  check: key.flag({
    default: false,
    doc: 'Run the golden interpreter beside the host and compare at each commit; stop at the first difference.',
  }),
});

export const machineSchema = z.strictObject({
  name: key.text({
    default: 'machine',
    maxLength: 80,
    doc: 'Name of the variant, shown in reports.',
  }),
  simulation,
  host: hostSection,
  cms: cmsSection,
  machine,
  cpu,
  boot,
  run,
});

type DeepReadonly<T> = T extends readonly (infer U)[]
  ? readonly DeepReadonly<U>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** The resolved configuration: complete, checked, frozen. */
export type MachineConfig = DeepReadonly<z.output<typeof machineSchema>>;
