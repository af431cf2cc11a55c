/**
 * The machine, put together from its configuration: linear memory, clock, board, processor, and
 * what was booted. This is the only place where guest, host and platform meet.
 */
import { Clock, type ClockState } from '../base/clock.js';
import { GuestLoadError } from '../base/errors.js';
import type { CmsOptions } from '../cms/options.js';
import type { Cpu } from '../guest-isa/interp/cpu.js';
import type { Fetch } from '../guest-isa/interp/fetch.js';
import type { RunLoop, RunLoopState } from '../guest-isa/interp/run-loop.js';
import { A20_MASK, REMAINING, STATE_WORDS } from '../guest-isa/state/layout.js';
import { applyBootState, resetCpu } from '../guest-isa/system/reset.js';
import { PhysicalBus } from '../hw/memory/bus.js';
import type { LinearMemory } from '../hw/memory/layout.js';
import { CoprocessorError } from '../hw/platform/coprocessor-error.js';
import { PcPlatform } from '../hw/platform/pc.js';
import { Vga } from '../hw/platform/vga.js';
import type { MachineConfig } from './config/schema.js';
import { Explainer } from './explain/explain.js';
import type { ExplainAnswer, ExplainRequest } from './explain/explanation.js';
import { translationText } from './explain/translation-text.js';
import { type FastForward, fastForwardOf } from './fast-forward.js';
import {
  checkStatistics,
  fastForwardStatistics,
  hostStatistics,
  type RunTotals,
} from './host-statistics.js';
import type { GuestImage } from './loaders/guest-image.js';
import { type GuestFiles, loadGuest } from './loaders/load-guest.js';
import type { IoLog } from './lockstep/io-log.js';
import { LockstepChecker } from './lockstep/lockstep-checker.js';
import type {
  CreateMachine,
  FastForwardStatus,
  MachineConsole,
  MachineHandle,
  ReportLine,
  RunLimit,
  Statistic,
  StopReason,
} from './machine-api.js';
import {
  guestFaults,
  guestStatistics,
  shutdownText,
  unclaimedAddresses,
  unknownInstructions,
  whereText,
} from './machine-report.js';
import { memoryMap } from './memory-map.js';
import { platformOptions } from './platform-options.js';
import { type Host, linearMemory, makeProcessor } from './processor.js';
import { screenLines } from './screen-text.js';
import { stateHash } from './state-hash.js';
import { HostWatch } from './watch/host-watch.js';
import type { MachineWatch } from './watch/machine-watch.js';

/** Version of what `save` gives; a snapshot of another version is refused. */
const STATE_VERSION = 4;

/** Guest instructions that a host completes in a cycle at best, usually: what a molecule of eight atoms could. */
const MOST_PER_CYCLE = 8;

/** Steps between two comparisons of all RAM in a checked run. */
const RAM_COMPARED_EVERY = 20_000_000;

interface SavedMachine {
  readonly version: number;
  readonly state: Int32Array;
  readonly tlb: Int32Array;
  readonly ram: Uint8Array;
  readonly clock: ClockState;
  readonly loop: RunLoopState;
  /** A machine that is switched off stays so. */
  readonly ended: StopReason | null;
  readonly platform: unknown;
}

export const createMachine: CreateMachine = (config, options) =>
  new Machine(config, options.loadBoot);

class Machine implements MachineHandle {
  readonly summary: string;
  readonly console: MachineConsole;
  readonly watch: MachineWatch | undefined;
  private readonly linear: LinearMemory;
  private readonly clock: Clock;
  private readonly bus: PhysicalBus;
  private readonly platform: PcPlatform;
  private readonly cpu: Cpu;
  private readonly fetch: Fetch;
  private readonly loop: RunLoop;
  private readonly host: Host | undefined;
  private readonly ioLog: IoLog | undefined;
  private readonly forwarding: FastForward | undefined;
  /** Follows the machine from its first run on, where the configuration asks for it. */
  private checker: LockstepChecker | undefined;
  private readonly cmsOptions: CmsOptions;
  private readonly guest: GuestFiles;
  private readonly listeners: ((byte: number) => void)[] = [];
  private ended: StopReason | undefined;
  private resetWanted: string | undefined;
  private powered = false;
  /** Where the counted part of this run began: at power-on, where a snapshot was restored, behind fast-forwarding. */
  private since = { instructions: 0, cycles: 0 };

  constructor(config: MachineConfig, loadBoot: boolean) {
    this.linear = linearMemory(config);
    this.cmsOptions = config.cms;
    const state = this.linear.state.subarray(0, STATE_WORDS);
    this.clock = new Clock(config.host.clockMHz * 1_000_000, state, REMAINING);
    this.bus = new PhysicalBus(this.linear.ram);
    this.guest = loadGuest(config, memoryMap(config), loadBoot);
    this.platform = new PcPlatform(
      {
        clock: this.clock,
        bus: this.bus,
        system: {
          reset: (why) => this.requestReset(why),
          powerOff: (why, status) => this.end({ kind: 'powerOff', status, why }),
          setA20: (enabled) => this.setA20(enabled),
        },
      },
      platformOptions(config, this.guest.disks, this.guest.vgaBios, (byte) => this.print(byte)),
    );
    const { linear, clock, bus } = this;
    const { interrupts } = this.platform;
    const errorLine = this.platform.get(CoprocessorError);
    const processor = makeProcessor(config, { linear, clock, bus, interrupts, errorLine });
    this.cpu = processor.cpu;
    this.fetch = processor.fetch;
    this.loop = processor.loop;
    this.host = processor.host;
    this.ioLog = processor.ioLog;
    this.forwarding = fastForwardOf(config, this.host, this);
    this.watch = this.host && this.watchOf(this.host, config.cms.tcache.sizeKB * 1024);
    this.loop.nmiPossible = config.machine.apic;
    this.platform.interrupts.onIntrChanged = (asserted) => {
      if (asserted) this.clock.endSlice();
    };
    this.platform.interrupts.onNmi = () => this.loop.raiseNmi();
    this.console = {
      onByte: (listener) => void this.listeners.push(listener),
      send: (bytes) => this.platform.serial(0)?.receive(bytes),
    };
    this.powerOn();
    this.plugInRoms(this.guest);
    if (loadBoot) this.loadBoot(this.guest.image);
    this.summary = loadBoot ? this.guest.image.summary : 'restored from a snapshot';
  }

  private watchOf(host: Host, tcacheBytes: number): MachineWatch {
    const { cpu, linear } = this;
    const totals = (): RunTotals => this.ofThisRun();
    return new HostWatch({ host, cpu, linear, tcacheBytes, totals, checker: () => this.checker });
  }

  get instructions(): number {
    return this.loop.instructions;
  }

  get cycles(): number {
    return this.clock.now;
  }

  get idleCycles(): number {
    return this.loop.idleCycles;
  }

  run(limit: RunLimit): StopReason {
    this.startChecking();
    const reason = this.runSlice(limit);
    if (this.forwarding?.endIfDue()) this.countFromHere();
    if (reason.kind !== 'slice') this.checker?.compareEverything(`end of the run: ${reason.kind}`);
    return reason;
  }

  private startChecking(): void {
    const { host, ioLog, cpu, cmsOptions } = this;
    if (!host || !ioLog || this.checker) return;
    this.checker = new LockstepChecker({
      cpu,
      log: ioLog,
      ramComparedEvery: RAM_COMPARED_EVERY,
      translationText: (hostPc) => translationText(host, cmsOptions, hostPc),
      rerun: 'the same command with --check',
    });
    host.software.observe(this.checker);
  }

  private runSlice(limit: RunLimit): StopReason {
    if (this.ended) return this.ended;
    const sliceEnd = this.instructions + limit.sliceInstructions;
    const forwardEnd = this.forwarding?.limit ?? Infinity;
    const stopAt = Math.min(sliceEnd, limit.instructions ?? Infinity, forwardEnd);
    // An idle guest executes nothing: a slice also ends after as many cycles as it has instructions, times ten.
    const cycleLimit = Math.min(
      limit.cycles ?? Infinity,
      this.clock.now + limit.sliceInstructions * 10,
    );
    for (;;) {
      const missing = stopAt - this.instructions;
      const end = this.loop.run(Math.min(cycleLimit, this.clock.now + this.cyclesFor(missing)));
      const reason = this.reasonOf(end);
      if (reason) return reason;
      if (this.clock.now >= (limit.cycles ?? Infinity)) return { kind: 'limit' };
      if (this.instructions >= (limit.instructions ?? Infinity)) return { kind: 'limit' };
      if (this.instructions >= stopAt || this.clock.now >= cycleLimit) return { kind: 'slice' };
    }
  }

  /**
   * Cycles in which usually no more than so many instructions complete. A region of code that was
   * optimized away completes more in a cycle, so a run goes on behind its limit by up to a region.
   */
  private cyclesFor(instructions: number): number {
    return this.host?.core.timing === 'full'
      ? Math.ceil(instructions / MOST_PER_CYCLE)
      : instructions;
  }

  stop(): void {
    this.loop.stop();
  }

  get fastForward(): FastForwardStatus | undefined {
    return this.forwarding?.status();
  }

  endFastForward(): void {
    if (this.forwarding?.want()) this.loop.stop();
  }

  /** What a return of the run loop means; undefined: go on. */
  private reasonOf(end: ReturnType<RunLoop['run']>): StopReason | undefined {
    if (this.ended) return this.ended;
    if (this.resetWanted !== undefined) return this.carryOutReset(this.resetWanted);
    switch (end) {
      case 'stopped':
        return { kind: 'stopped' };
      case 'shutdown': {
        const where = shutdownText(this.cpu, this.loop);
        this.ended = { kind: 'tripleFault', where };
        return this.ended;
      }
      case 'haltForever':
        return { kind: 'haltForever', where: whereText(this.cpu) };
      case 'limit':
        return undefined;
    }
  }

  private end(reason: StopReason): void {
    this.ended = reason;
    this.loop.stop();
  }

  private requestReset(why: string): void {
    this.resetWanted = why;
    this.loop.stop();
  }

  /** Only a BIOS can start the machine again; without one the run is over. */
  private carryOutReset(why: string): StopReason | undefined {
    this.resetWanted = undefined;
    if (this.guest.image.bios) {
      this.powerOn();
      this.checker?.restart();
      return undefined;
    }
    this.ended = { kind: 'reset', why };
    return this.ended;
  }

  private powerOn(): void {
    this.powered = true;
    this.platform.reset();
    resetCpu(this.cpu);
    this.setA20(true);
  }

  private plugInRoms({ image, vgaBios }: GuestFiles): void {
    if (image.bios) this.bus.setBios(image.bios);
    if (vgaBios) this.bus.setOptionRom(0xc0000, vgaBios);
    for (const rom of image.roms) this.load(rom.address, rom.bytes);
  }

  /** What firmware would leave behind, where there is none, and what was asked to be booted. */
  private loadBoot(image: GuestImage): void {
    if (image.boot.mode !== 'reset') {
      this.platform.setUpWithoutFirmware();
      if (!image.bios)
        for (const table of this.platform.firmwareTables()) this.load(table.address, table.bytes);
    }
    for (const write of image.writes) this.load(write.address, write.bytes);
    applyBootState(this.cpu, image.boot);
  }

  private load(address: number, bytes: Uint8Array): void {
    this.bus.dma.write(address, bytes);
  }

  private setA20(enabled: boolean): void {
    // The board resets its devices when it is built, before there is a processor.
    if (!this.powered) return;
    this.cpu.s[A20_MASK] = enabled ? -1 : ~0x100000;
    this.cpu.flushTlb(true);
  }

  private print(byte: number): void {
    for (const listener of this.listeners) listener(byte);
  }

  stateHash(): string {
    return stateHash(this.cpu.s, this.linear.ram, this.platform.save());
  }

  save(): SavedMachine {
    return {
      version: STATE_VERSION,
      state: this.cpu.s.slice(),
      tlb: Int32Array.from(this.cpu.saveTlb()),
      ram: this.linear.ram.slice(),
      clock: this.clock.save(),
      loop: this.loop.save(),
      ended: this.ended ?? null,
      platform: this.platform.save(),
    };
  }

  restore(state: unknown): void {
    const saved = state as SavedMachine;
    if (saved.version !== STATE_VERSION)
      throw new GuestLoadError(
        `the snapshot holds a machine state of version ${saved.version}, and this version reads ${STATE_VERSION}; save it again with this version`,
      );
    this.clock.restore(saved.clock);
    this.platform.restore(saved.platform as ReturnType<PcPlatform['save']>);
    this.linear.ram.set(saved.ram);
    this.restoreProcessor(saved);
    this.loop.restore(saved.loop);
    this.ended = saved.ended ?? undefined;
    this.cpu.code.clear();
    this.cpu.stateReplaced();
    this.cpu.restoreTlb([...saved.tlb]);
    this.host?.software.stateReplaced();
    this.forwarding?.restart();
    this.countFromHere();
    this.checker?.restart();
  }

  private countFromHere(): void {
    this.since = { instructions: this.instructions, cycles: this.cycles };
  }

  /** The state block, but for the clock's cell in it, which the clock has set already. */
  private restoreProcessor(saved: SavedMachine): void {
    const remaining = this.cpu.s[REMAINING];
    this.cpu.s.set(saved.state);
    this.cpu.s[REMAINING] = remaining;
  }

  statistics(): readonly Statistic[] {
    return [
      ...guestStatistics(this, this.loop),
      ...(this.fastForward ? fastForwardStatistics(this.fastForward) : []),
      ...(this.host ? hostStatistics(this.host, this.ofThisRun()) : []),
      ...(this.checker ? checkStatistics(this.checker) : []),
    ];
  }

  private ofThisRun(): RunTotals {
    const { instructions, cycles } = this.since;
    return { instructions: this.instructions - instructions, cycles: this.cycles - cycles };
  }

  report(): readonly ReportLine[] {
    return [
      ...unknownInstructions(this.fetch),
      ...guestFaults(this.loop),
      ...unclaimedAddresses(this.bus),
    ];
  }

  explain(request: ExplainRequest): ExplainAnswer {
    if (!this.host) return { kind: 'noTranslations' };
    return new Explainer(this.host, this.cmsOptions, this.ofThisRun()).answer(request);
  }

  screen(): readonly string[] | undefined {
    return screenLines(this.platform.get(Vga).textScreen());
  }

  close(): void {
    for (const disk of this.guest.disks) disk.source.close();
  }
}
