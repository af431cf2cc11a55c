/**
 * The golden twin's board: RAM of its own, and for everything else what the machine's board answered
 * (io-log.ts). An access that the machine did not make, or made otherwise, is a difference.
 */
import type { NumericErrorLine } from '../../guest-isa/fpu/fpu.js';
import type { InterruptSource, PhysicalMemory, PortSpace } from '../../guest-isa/mmu/ports.js';
import type { IoEntry, IoKind, IoLog } from './io-log.js';

type Width = 1 | 2 | 4;

/** Thrown where the twin and the machine treat a device differently. */
export class IoDifference extends Error {}

export class ReplayBoard implements PhysicalMemory, PortSpace, InterruptSource {
  readonly ram: Uint8Array;
  readonly pageKinds: Uint8Array;
  readonly errorLine: NumericErrorLine;
  /** The machine's run loop looks at its own. */
  readonly intr = false;
  onMapChanged: () => void = () => {};
  onRamWritten: (address: number, sizeBytes: number) => void = () => {};

  constructor(
    private readonly original: PhysicalMemory,
    private readonly log: IoLog,
  ) {
    this.ram = original.ram.slice();
    this.pageKinds = original.pageKinds.slice();
    const take = (): boolean => this.expect('IGNNE# read', 0, 1, undefined).value !== 0;
    this.errorLine = {
      signal: () => {},
      get ignored() {
        return take();
      },
    };
  }

  /** As the machine is now. */
  copy(): void {
    this.ram.set(this.original.ram);
    this.pageKinds.set(this.original.pageKinds);
  }

  read(address: number, width: Width): number {
    return this.expect('memory read', address, width, undefined).value;
  }

  write(address: number, value: number, width: Width): void {
    const { bytes } = this.expect('memory write', address, width, value);
    if (bytes) this.ram.set(bytes, address);
  }

  in(port: number, width: Width): number {
    return this.expect('port read', port, width, undefined).value;
  }

  out(port: number, value: number, width: Width): void {
    this.expect('port write', port, width, value);
  }

  acknowledge(): number {
    return this.expect('interrupt acknowledge', 0, 1, undefined).value;
  }

  /** Lets happen what came over the guest unasked, as far as it comes next. */
  happen(): void {
    for (let entry = this.log.peek(); entry !== undefined; entry = this.log.peek()) {
      if (entry.kind === 'bus master') this.writeByBus(entry);
      else if (entry.kind === 'map change') this.changeMap();
      else return;
      this.log.take();
    }
  }

  /** The twin has come as far as the machine: it must have asked for everything that the machine asked for. */
  finish(): void {
    this.happen();
    const entry = this.log.peek();
    if (entry)
      throw new IoDifference(`${entryText(entry)} by the machine, not by the golden model`);
  }

  private writeByBus({ address, width, bytes }: IoEntry): void {
    this.onRamWritten(address, width);
    if (bytes) this.ram.set(bytes, address);
  }

  private changeMap(): void {
    this.pageKinds.set(this.original.pageKinds);
    this.onMapChanged();
  }

  private expect(kind: IoKind, address: number, width: number, value: number | undefined): IoEntry {
    this.happen();
    const entry = this.log.peek();
    const isSame =
      entry !== undefined &&
      entry.kind === kind &&
      entry.address === address &&
      entry.width === width &&
      (value === undefined || entry.value === value);
    if (!isSame) {
      const wanted = entryText({ kind, address, width, value: value ?? 0, bytes: undefined });
      const found = entry ? entryText(entry) : 'nothing';
      throw new IoDifference(`${wanted} by the golden model, ${found} by the machine`);
    }
    this.log.take();
    return entry;
  }
}

function entryText({ kind, address, width, value }: IoEntry): string {
  const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
  switch (kind) {
    case 'port write':
    case 'memory write':
      return `${kind} ${hex(address)}, ${width} bytes: ${hex(value)}`;
    case 'port read':
    case 'memory read':
      return `${kind} ${hex(address)}, ${width} bytes`;
    default:
      return kind;
  }
}
