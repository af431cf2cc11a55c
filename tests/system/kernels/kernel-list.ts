/**
 * The test kernels: what each needs of the configuration, how it ends, and who judges it.
 *
 * `qemu`: the expectation is QEMU's output (TCG of 7.2, a Pentium II) but for the lines that
 * expected/NAME.deviations.txt takes back with the manual's section; expected/NAME.qemu.diff keeps
 * what QEMU says there. `manual`: the expectation was worked out from the manual (Intel's SDM) and
 * from the configuration alone, for the reason given.
 */
export interface TestKernel {
  readonly name: string;
  /** Keys that differ from the default configuration. */
  readonly set?: Readonly<Record<string, boolean>>;
  readonly end?: 'tripleFault';
  readonly rom?: true;
  /** QEMU counts instructions instead of looking at the host's clock, so that its timer is repeatable. */
  readonly timed?: true;
  /** Why QEMU cannot judge it; absent: it does. */
  readonly manualBecause?: string;
}

export const testKernels: readonly TestKernel[] = [
  { name: 'exceptions' },
  { name: 'triple-fault', end: 'tripleFault' },
  { name: 'triple-stack', end: 'tripleFault' },
  { name: 'segmentation' },
  {
    name: 'limits',
    // Its data accesses of level 3 were compared with silicon (segments of an LDT): all the same.
    manualBecause: 'TCG checks hardly any segment limit',
  },
  { name: 'paging' },
  { name: 'privilege' },
  { name: 'tasks' },
  { name: 'v86' },
  { name: 'vme', manualBecause: 'QEMU 7.2 has no virtual-8086 mode extensions' },
  { name: 'debug' },
  { name: 'watch', manualBecause: 'QEMU 7.2 aborts on a data breakpoint at a string instruction' },
  { name: 'real-mode', rom: true },
  { name: 'interrupts', timed: true },
  {
    name: 'nmi',
    set: { 'machine.apic': true },
    manualBecause: 'TCG takes an NMI that the processor sends itself some instructions late',
  },
  { name: 'fast-call', set: { 'cpu.features.sep': true } },
  { name: 'identity', manualBecause: 'it prints what the configuration says' },
];

/** Name of the committed image in image/. */
export function imageOf(kernel: TestKernel): string {
  return `${kernel.name}.${kernel.rom ? 'rom' : 'elf'}`;
}
