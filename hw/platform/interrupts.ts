/**
 * The board's interrupt wiring: each ISA interrupt line goes to the 8259 pair and to the I/O APIC
 * (line 0 to pin 2, as every PC/AT board with an I/O APIC has it), the 8259's INTR goes to LINT0
 * of the local APIC, and the processor sees one INTR pin and one acknowledge cycle.
 * Source: MultiProcessor Specification 1.4, section 3.6.2 (virtual wire mode) and 3.6.2.3.
 * Without APICs (`apic: false`) only the 8259 pair is there.
 * Left out: the 8259's INTR on I/O APIC pin 0.
 */
import type { Device, DeviceState, IrqLine } from './device.js';
import type { IoApic } from './io-apic.js';
import type { LocalApic } from './local-apic.js';

/** The 8259 pair as the wiring sees it. */
export interface PicPort {
  /** Level of the INTR output. */
  readonly intr: boolean;
  acknowledge(): number;
  setLine(line: number, asserted: boolean): void;
}

export class Interrupts implements Device {
  readonly name = 'interrupts';
  /** Level of the processor's INTR pin. */
  intr = false;
  /** The machine sets it: INTR changed (it ends the processor's slice when it rose). */
  onIntrChanged: (asserted: boolean) => void = () => {};
  /** The machine sets it: a non-maskable interrupt. */
  onNmi: () => void = () => {};

  private readonly handles: { readonly line: number; asserted: boolean }[] = [];
  private readonly levels = new Uint8Array(16);
  private picIntr = false;
  /** Between restore() and settle() the controllers hold states of different times. */
  private restoring = false;
  private pic: PicPort | undefined;
  private localApic: LocalApic | undefined;
  private ioApic: IoApic | undefined;

  /** Joins the controllers, which need `irq` before they exist. */
  connect(pic: PicPort, localApic?: LocalApic, ioApic?: IoApic): void {
    this.pic = pic;
    this.localApic = localApic;
    this.ioApic = ioApic;
    if (!localApic || !ioApic) return;
    localApic.onChanged = () => this.update();
    localApic.onEoi = (vector) => ioApic.endOfInterrupt(vector);
    localApic.onEnabled = () => ioApic.retry();
    localApic.onNmi = () => this.onNmi();
    ioApic.send = (message) => localApic.receive(message);
  }

  /** The processor's APIC base MSR was written. */
  apicBaseWritten(value: number): void {
    this.localApic?.setBase(value);
  }

  /** A handle on an ISA interrupt line; the levels of all handles are ORed. */
  irq(line: number): IrqLine {
    const handle = { line, asserted: false };
    this.handles.push(handle);
    return (asserted) => {
      if (handle.asserted === asserted) return;
      handle.asserted = asserted;
      this.levels[line] += asserted ? 1 : -1;
      if (this.levels[line] === (asserted ? 1 : 0)) this.drive(line, asserted);
    };
  }

  private drive(line: number, asserted: boolean): void {
    this.pic?.setLine(line, asserted);
    this.ioApic?.setPin(line === 0 ? 2 : line, asserted);
  }

  /** The 8259's INTR output changed. */
  picChanged(): void {
    const intr = this.pic?.intr ?? false;
    if (intr === this.picIntr || this.restoring) return;
    this.picIntr = intr;
    if (intr) this.localApic?.lint0Rises();
    this.update();
  }

  private update(): void {
    if (this.restoring) return;
    const fromPic = this.picIntr && (this.localApic?.acceptsExtInt ?? true);
    const intr = fromPic || (this.localApic?.pending ?? false);
    if (intr === this.intr) return;
    this.intr = intr;
    this.onIntrChanged(intr);
  }

  /** Interrupt acknowledge cycle. The APIC's own requests go before the 8259's. */
  acknowledge(): number {
    const apic = this.localApic;
    if (apic?.pending) return apic.acknowledge();
    if (!apic || apic.acceptsExtInt) return this.pic?.acknowledge() ?? 0xff;
    return apic.acknowledge();
  }

  reset(): void {
    this.picIntr = this.pic?.intr ?? false;
    this.update();
  }

  save(): DeviceState {
    return { lines: this.handles.map((h) => h.asserted) };
  }

  /** Only the levels: the controllers restore what they made of them. */
  restore(state: DeviceState): void {
    const lines = state.lines as boolean[];
    this.restoring = true;
    this.levels.fill(0);
    this.handles.forEach((h, i) => {
      h.asserted = lines[i] ?? false;
      if (h.asserted) this.levels[h.line]++;
    });
  }

  /** After all controllers are restored: the pin's level follows from them. */
  settle(): void {
    this.restoring = false;
    this.picIntr = this.pic?.intr ?? false;
    this.update();
  }
}
