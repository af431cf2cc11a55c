/**
 * The PC/AT's way of reporting x87 errors while CR0.NE is clear: the processor's FERR# output
 * raises interrupt 13, and a write to port 0xf0 (0xf1 resets a coprocessor that is not there)
 * takes the request back and asserts IGNNE#, until FERR# goes away.
 * Source: SDM vol. 1, appendix D.2.1 (MS-DOS compatible handling of x87 errors), figure D-2.
 */
import type { Device, DeviceHost, DeviceState, IrqLine } from './device.js';

const IRQ = 13;

export class CoprocessorError implements Device {
  readonly name = 'coprocessor-error';
  /** Level of IGNNE#. */
  ignored = false;
  private asserted = false;
  private readonly irq: IrqLine;

  constructor(host: DeviceHost) {
    this.irq = host.irq(IRQ);
    host.spaces.ports(
      0xf0,
      2,
      { read: () => 0xff, write: (port) => this.clear(port) },
      'coprocessor',
    );
  }

  /** Level of FERR#, as the processor drives it. */
  signal(active: boolean): void {
    if (active === this.asserted) return;
    this.asserted = active;
    if (!active) this.ignored = false;
    this.irq(active && !this.ignored);
  }

  private clear(port: number): void {
    if (port !== 0xf0) return;
    if (this.asserted) this.ignored = true;
    this.irq(false);
  }

  reset(): void {
    this.asserted = false;
    this.ignored = false;
    this.irq(false);
  }

  save(): DeviceState {
    return { asserted: this.asserted, ignored: this.ignored };
  }

  restore(state: DeviceState): void {
    this.asserted = state.asserted as boolean;
    this.ignored = state.ignored as boolean;
    this.irq(this.asserted && !this.ignored);
  }
}
