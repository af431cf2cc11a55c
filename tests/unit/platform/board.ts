/**
 * A board for tests of one device: the real bus and clock, recorded interrupt lines, recorded
 * requests to the machine. Time passes only by `pass`.
 */
import { Clock } from '../../../base/clock.js';
import { PhysicalBus } from '../../../hw/memory/bus.js';
import type { Device, DeviceHost, DeviceState } from '../../../hw/platform/device.js';

export class TestBoard {
  readonly bus = new PhysicalBus(new Uint8Array(2 << 20));
  readonly clock: Clock;
  readonly host: DeviceHost;
  /** Level of each ISA line as its single user drives it. */
  readonly lines: boolean[] = new Array(16).fill(false);
  /** Every change of a line: cycle, line, level. */
  readonly edges: { cycle: number; line: number; level: boolean }[] = [];
  readonly resets: string[] = [];
  readonly powerOffs: { why: string; exitStatus: number }[] = [];
  readonly a20: boolean[] = [];
  /** Called on every line change, for tests that join an interrupt controller. */
  onLine: (line: number, level: boolean) => void = () => {};

  constructor(hz = 100_000_000) {
    this.clock = new Clock(hz);
    this.host = {
      clock: this.clock,
      spaces: this.bus,
      irq: (line) => (asserted) => this.drive(line, asserted),
      dma: this.bus.dma,
      system: {
        reset: (why) => void this.resets.push(why),
        powerOff: (why, exitStatus) => void this.powerOffs.push({ why, exitStatus }),
        setA20: (enabled) => void this.a20.push(enabled),
      },
    };
  }

  in(port: number, width: 1 | 2 | 4 = 1): number {
    return this.bus.in(port, width);
  }

  out(port: number, value: number, width: 1 | 2 | 4 = 1): void {
    this.bus.out(port, value, width);
  }

  /** Runs to an absolute cycle, firing every event at its exact cycle. */
  runTo(cycle: number): void {
    for (;;) {
      const due = this.clock.nextDue();
      if (due > cycle) break;
      this.clock.skipTo(Math.max(due, this.clock.now));
      this.clock.advance();
    }
    this.clock.skipTo(cycle);
  }

  pass(cycles: number): void {
    this.runTo(this.clock.now + cycles);
  }

  passMicroseconds(us: number): void {
    this.pass(Math.round((us * this.clock.hz) / 1e6));
  }

  /** State of one device and the clock, as a machine's snapshot would hold it (deep copy). */
  save(device: Device): { clock: ReturnType<Clock['save']>; device: DeviceState } {
    return structuredClone({ clock: this.clock.save(), device: device.save() });
  }

  restore(device: Device, state: { clock: ReturnType<Clock['save']>; device: DeviceState }): void {
    const copy = structuredClone(state);
    this.clock.restore(copy.clock);
    device.restore(copy.device);
  }

  private drive(line: number, level: boolean): void {
    if (this.lines[line] === level) return;
    this.lines[line] = level;
    this.edges.push({ cycle: this.clock.now, line, level });
    this.onLine(line, level);
  }
}
