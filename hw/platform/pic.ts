/**
 * The PC's two 8259A interrupt controllers: ports 0x20/0x21 and 0xa0/0xa1, the slave on input 2 of
 * the master, and the edge/level control registers at 0x4d0/0x4d1 (82371SB datasheet, 2.5.6).
 * Inputs 0, 1, 2, 8 and 13 are always edge-triggered.
 *
 * The processor sees INTR and acknowledges in one step, so the default interrupts 7 and 15 come only
 * when acknowledge() is called without INTR (7), or through a slave whose request was polled away.
 */
import type { Device, DeviceHost, DeviceState } from './device.js';
import { PicChip, type PicChipState } from './pic-8259.js';

const CASCADE = 2;
const ELCR_MASTER = 0xf8;
const ELCR_SLAVE = 0xde;

export interface PicOptions {
  /** Called when the level of INTR changes. */
  onIntr?: (level: boolean) => void;
}

export class Pic implements Device {
  readonly name = 'pic';
  private readonly master: PicChip;
  private readonly slave: PicChip;

  constructor(
    host: DeviceHost,
    private readonly options: PicOptions = {},
  ) {
    this.master = new PicChip(ELCR_MASTER, CASCADE, (level) => options.onIntr?.(level));
    this.slave = new PicChip(ELCR_SLAVE, -1, (level) => this.master.setLine(CASCADE, level));
    this.claimChip(host, 0x20, this.master);
    this.claimChip(host, 0xa0, this.slave);
    const elcr = [this.master, this.slave];
    host.spaces.ports(
      0x4d0,
      2,
      {
        read: (port) => elcr[port & 1].elcr,
        write: (port, value) => {
          elcr[port & 1].elcr = value;
        },
      },
      'elcr',
    );
  }

  /** Level of the INTR pin of the processor. */
  get intr(): boolean {
    return this.master.int;
  }

  /** Drives interrupt input 0-15. Input 2 is the cascade and has no line. */
  setLine(line: number, level: boolean): void {
    if (line >= 8) this.slave.setLine(line - 8, level);
    else if (line !== CASCADE) this.master.setLine(line, level);
  }

  /** Interrupt acknowledge cycle: gives the vector. */
  acknowledge(): number {
    const input = this.master.acknowledge();
    if (input !== CASCADE) return this.master.vector(input);
    return this.slave.vector(this.slave.acknowledge());
  }

  reset(): void {
    this.slave.reset();
    this.master.reset();
  }

  save(): DeviceState {
    return { master: { ...this.master.save() }, slave: { ...this.slave.save() } };
  }

  restore(state: DeviceState): void {
    this.slave.restore(state.slave as PicChipState);
    this.master.restore(state.master as PicChipState);
    this.options.onIntr?.(this.intr);
  }

  private claimChip(host: DeviceHost, first: number, chip: PicChip): void {
    host.spaces.ports(
      first,
      2,
      {
        read: (port) => chip.read(port & 1),
        write: (port, value) => chip.write(port & 1, value),
      },
      this.name,
    );
  }
}
