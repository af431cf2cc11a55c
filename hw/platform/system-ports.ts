/**
 * Small ports of the board: 0x61 (speaker, counter 2 of the 8254, refresh) and 0x92 (fast A20 and
 * reset).
 *
 * Source: Intel 82371SB datasheet (290550), sections 2.5.8 (NMI status and control) and 2.5.10.
 * Left out: parity and IOCHK# never occur, so NMI sources stay clear; the speaker makes no sound.
 * The refresh toggle follows the usual 15.085 us (18 ticks of the 8254) instead of counter 1, which
 * nobody programs when no BIOS runs. ASSUMED: no guest measures another rate.
 * A20 follows the last of this port and the 8042 that was written. On the board an OR gate joins
 * them, but firmware that turns it off here never tells the 8042, whose pin is high after reset.
 */
import type { Device, DeviceHost, DeviceState } from './device.js';
import { PIT_HZ, type Pit } from './pit.js';

const REFRESH_TICKS = 18;

export class SystemPorts implements Device {
  readonly name = 'system-ports';
  /** Bits 3-0 of port 0x61 as written: IOCHK and parity disable, speaker, gate of counter 2. */
  private control61 = 0;
  /** Bits 1-0 of port 0x92. */
  private port92 = 0;

  constructor(
    private readonly host: DeviceHost,
    private readonly pit: Pit,
  ) {
    const { spaces } = host;
    spaces.ports(
      0x61,
      1,
      { read: () => this.read61(), write: (_, value) => this.write61(value) },
      'port-61',
    );
    spaces.ports(
      0x92,
      1,
      { read: () => this.port92, write: (_, value) => this.write92(value) },
      'port-92',
    );
  }

  reset(): void {
    this.write61(0);
    this.port92 = 0;
  }

  save(): DeviceState {
    return { control61: this.control61, port92: this.port92 };
  }

  restore(state: DeviceState): void {
    this.control61 = state.control61 as number;
    this.port92 = state.port92 as number;
  }

  private read61(): number {
    const tick = this.host.clock.ticksAt(this.host.clock.now, PIT_HZ);
    const refresh = Math.floor(tick / REFRESH_TICKS) & 1;
    return this.control61 | (refresh << 4) | (this.pit.out2 ? 0x20 : 0);
  }

  private write61(value: number): void {
    this.control61 = value & 0x0f;
    this.pit.gate2 = (value & 1) !== 0;
  }

  private write92(value: number): void {
    const rises = (value & 1 & ~this.port92) !== 0;
    this.port92 = value & 3;
    this.host.system.setA20((value & 2) !== 0);
    if (rises) this.host.system.reset('port 0x92');
  }
}
