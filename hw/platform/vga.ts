/**
 * A VGA as far as BIOS, boot loaders and text consoles use it: the register files with read-back,
 * 256 KB in four planes (vga-memory.ts), the retrace bits from simulated time. What it shows as text
 * is in vga-text.ts; graphics modes keep their memory right, but are not drawn.
 *
 * After reset the registers hold mode 3 (vga-mode3.ts), the planes are empty and no font is loaded.
 * Source: IBM VGA technical reference; register names as there.
 * Left out: VESA extensions, interrupt on vertical retrace, light pen.
 */
import type { Device, DeviceHost, DeviceState } from './device.js';
import { VgaDac } from './vga-dac.js';
import { VgaMemory } from './vga-memory.js';
import { mode3 } from './vga-mode3.js';
import { type TextScreen, textScreen } from './vga-text.js';

const MEMORY_FIRST = 0xa0000;
const MEMORY_BYTES = 0x20000;

/** Input status 1. */
const DISPLAY_OFF = 0x01;
const VERTICAL_RETRACE = 0x08;
/** Input status 0: switch sense, as a colour monitor gives it. */
const SWITCH_SENSE = 0x10;

const MISC_COLOUR_PORTS = 0x01;
const MISC_MEMORY = 0x02;
/** CRTC register 0x11 bit 7 protects registers 0-7, but for bit 4 of the overflow register. */
const CRTC_PROTECT = 0x80;
const OVERFLOW = 0x07;
const OVERFLOW_FREE = 0x10;

export class Vga implements Device {
  readonly name = 'vga';
  private readonly sequencer = new Uint8Array(8);
  private readonly crtc = new Uint8Array(32);
  private readonly graphics = new Uint8Array(16);
  private readonly attribute = new Uint8Array(32);
  private readonly dac = new VgaDac();
  private readonly s = {
    misc: 0,
    feature: 0,
    sequencerIndex: 0,
    crtcIndex: 0,
    graphicsIndex: 0,
    /** With bit 5: the palette belongs to the display. */
    attributeIndex: 0,
    /** The next write to 0x3c0 is data. */
    attributeData: false,
  };
  private readonly memory = new VgaMemory(
    this.sequencer,
    this.graphics,
    () => (this.s.misc & MISC_MEMORY) !== 0,
  );

  constructor(private readonly host: DeviceHost) {
    this.load();
    const handlers = {
      read: (port: number) => this.read(port),
      write: (port: number, value: number) => this.write(port, value),
    };
    host.spaces.ports(0x3b0, 0x30, handlers, this.name);
    host.spaces.mmio(MEMORY_FIRST, MEMORY_BYTES, this.memory, this.name);
  }

  /** What is on the screen, or undefined in a graphics mode. */
  textScreen(): TextScreen | undefined {
    return textScreen(this.crtc, this.graphics, this.memory);
  }

  reset(): void {
    this.load();
    this.memory.bytes.fill(0);
    this.memory.latches = 0;
  }

  save(): DeviceState {
    return {
      ...this.s,
      sequencer: this.sequencer.slice(),
      crtc: this.crtc.slice(),
      graphics: this.graphics.slice(),
      attribute: this.attribute.slice(),
      dac: this.dac.save(),
      memory: this.memory.bytes.slice(),
      latches: this.memory.latches,
    };
  }

  restore(state: DeviceState): void {
    for (const key of Object.keys(this.s)) Object.assign(this.s, { [key]: state[key] });
    this.sequencer.set(state.sequencer as Uint8Array);
    this.crtc.set(state.crtc as Uint8Array);
    this.graphics.set(state.graphics as Uint8Array);
    this.attribute.set(state.attribute as Uint8Array);
    this.dac.restore(state.dac as DeviceState);
    this.memory.bytes.set(state.memory as Uint8Array);
    this.memory.latches = state.latches as number;
  }

  private load(): void {
    for (const file of [this.sequencer, this.crtc, this.graphics, this.attribute]) file.fill(0);
    this.sequencer.set(mode3.sequencer);
    this.crtc.set(mode3.crtc);
    this.graphics.set(mode3.graphics);
    this.attribute.set(mode3.attribute);
    this.dac.reset();
    Object.assign(this.s, { misc: mode3.misc, feature: 0, attributeIndex: 0x20 });
    Object.assign(this.s, { sequencerIndex: 0, crtcIndex: 0, graphicsIndex: 0 });
    this.s.attributeData = false;
  }

  // --- ports

  /** 0x3d0-0x3df with colour, 0x3b0-0x3bf with monochrome addressing: as 0x3d0-0x3df, or -1. */
  private crtcPort(port: number): number {
    const colour = (this.s.misc & MISC_COLOUR_PORTS) !== 0;
    if (port >= 0x3d0) return colour ? port : -1;
    return colour ? -1 : port + 0x20;
  }

  private read(port: number): number {
    const { s } = this;
    if (port < 0x3c0 || port >= 0x3d0) return this.readCrtc(this.crtcPort(port));
    switch (port) {
      case 0x3c0:
        return s.attributeIndex;
      case 0x3c1:
        return this.attribute[s.attributeIndex & 0x1f];
      case 0x3c2:
        return SWITCH_SENSE;
      case 0x3c4:
        return s.sequencerIndex;
      case 0x3c5:
        return this.sequencer[s.sequencerIndex & 7];
      case 0x3ca:
        return s.feature;
      case 0x3cc:
        return s.misc;
      case 0x3ce:
        return s.graphicsIndex;
      case 0x3cf:
        return this.graphics[s.graphicsIndex & 0xf];
      default:
        return this.dac.read(port);
    }
  }

  private write(port: number, value: number): void {
    const { s } = this;
    if (port < 0x3c0 || port >= 0x3d0) {
      this.writeCrtc(this.crtcPort(port), value);
      return;
    }
    switch (port) {
      case 0x3c0:
        this.writeAttribute(value);
        break;
      case 0x3c2:
        s.misc = value;
        break;
      case 0x3c4:
        s.sequencerIndex = value;
        break;
      case 0x3c5:
        this.sequencer[s.sequencerIndex & 7] = value;
        break;
      case 0x3ce:
        s.graphicsIndex = value;
        break;
      case 0x3cf:
        this.graphics[s.graphicsIndex & 0xf] = value;
        break;
      default:
        this.dac.write(port, value);
    }
  }

  private readCrtc(port: number): number {
    if (port === 0x3d4) return this.s.crtcIndex;
    if (port === 0x3d5) return this.crtc[this.s.crtcIndex & 0x1f];
    if (port !== 0x3da) return 0xff;
    // Reading the status makes 0x3c0 expect an index.
    this.s.attributeData = false;
    return this.inputStatus();
  }

  private writeCrtc(port: number, value: number): void {
    if (port === 0x3d4) this.s.crtcIndex = value;
    else if (port === 0x3d5) this.writeCrtcData(this.s.crtcIndex & 0x1f, value);
    else if (port === 0x3da) this.s.feature = value;
  }

  private writeCrtcData(index: number, value: number): void {
    const { crtc } = this;
    if (index > OVERFLOW || !(crtc[0x11] & CRTC_PROTECT)) crtc[index] = value;
    else if (index === OVERFLOW) {
      crtc[OVERFLOW] = (crtc[OVERFLOW] & ~OVERFLOW_FREE) | (value & OVERFLOW_FREE);
    }
  }

  /** Index and data alternate at 0x3c0. Palette entries are locked while the display uses them. */
  private writeAttribute(value: number): void {
    const { s } = this;
    const index = s.attributeIndex & 0x1f;
    if (!s.attributeData) s.attributeIndex = value & 0x3f;
    else if (index >= 0x10 || !(s.attributeIndex & 0x20)) {
      this.attribute[index] = index < 0x10 ? value & 0x3f : value;
    }
    s.attributeData = !s.attributeData;
  }

  /** Where the beam is, in character clocks since the top of a frame that began at cycle 0. */
  private inputStatus(): number {
    const { crtc, host } = this;
    const overflow = crtc[0x07];
    const lineChars = crtc[0x00] + 5;
    const lines = (crtc[0x06] | ((overflow & 0x01) << 8) | ((overflow & 0x20) << 4)) + 2;
    const visible = (crtc[0x12] | ((overflow & 0x02) << 7) | ((overflow & 0x40) << 3)) + 1;
    const retrace = crtc[0x10] | ((overflow & 0x04) << 6) | ((overflow & 0x80) << 2);
    const at = host.clock.ticksAt(host.clock.now, this.characterHz()) % (lineChars * lines);
    const line = Math.floor(at / lineChars);
    const blank = line >= visible || at % lineChars > crtc[0x01];
    // The retrace ends at the first line whose low four bits are those of register 0x11.
    const length = (crtc[0x11] - retrace) & 0x0f;
    const inRetrace = line >= retrace && line < retrace + length;
    return (blank ? DISPLAY_OFF : 0) | (inRetrace ? VERTICAL_RETRACE : 0);
  }

  /** Character clock: the dot clock over 8 or 9 (rounded to whole hertz), halved on request. */
  private characterHz(): number {
    const dotHz = (this.s.misc >>> 2) & 3 ? 28_322_000 : 25_175_000;
    const dots = this.sequencer[1] & 0x01 ? 8 : 9;
    return Math.round(dotHz / dots / (this.sequencer[1] & 0x08 ? 2 : 1));
  }
}
