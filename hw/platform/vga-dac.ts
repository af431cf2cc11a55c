/**
 * The palette DAC of a VGA: 256 colours of three times six bits at ports 0x3c6-0x3c9, read and
 * written in red, green, blue order with an index that counts on.
 * Source: IBM VGA technical reference, "Video digital-to-analog converter".
 */
import type { DeviceState } from './device.js';
import { mode3Palette } from './vga-mode3.js';

export class VgaDac {
  private readonly palette = new Uint8Array(256 * 3);
  private readonly s = {
    mask: 0xff,
    /** Next component (entry * 3 + channel) to read and to write. */
    readAt: 0,
    writeAt: 0,
    /** The last index was set for reading (state register 0x3c7 reads 0), else for writing (3). */
    reading: false,
  };

  reset(): void {
    this.palette.set(mode3Palette());
    Object.assign(this.s, { mask: 0xff, readAt: 0, writeAt: 0, reading: false });
  }

  read(port: number): number {
    const { s } = this;
    if (port === 0x3c6) return s.mask;
    if (port === 0x3c7) return s.reading ? 0 : 3;
    if (port === 0x3c8) return Math.floor(s.writeAt / 3);
    if (port !== 0x3c9) return 0xff;
    const value = this.palette[s.readAt];
    s.readAt = (s.readAt + 1) % this.palette.length;
    return value;
  }

  write(port: number, value: number): void {
    const { s } = this;
    if (port === 0x3c6) s.mask = value;
    else if (port === 0x3c7) {
      s.readAt = value * 3;
      s.reading = true;
    } else if (port === 0x3c8) {
      s.writeAt = value * 3;
      s.reading = false;
    } else if (port === 0x3c9) {
      this.palette[s.writeAt] = value & 0x3f;
      s.writeAt = (s.writeAt + 1) % this.palette.length;
    }
  }

  save(): DeviceState {
    return { ...this.s, palette: this.palette.slice() };
  }

  restore(state: DeviceState): void {
    for (const key of Object.keys(this.s)) Object.assign(this.s, { [key]: state[key] });
    this.palette.set(state.palette as Uint8Array);
  }
}
