/**
 * What the board did to the machine, in order: results of port reads and of memory accesses off
 * RAM, interrupt acknowledges, writes by bus masters, changes of the address map. The machine's
 * processor is connected through the wrappers of this class, which note everything on its way; the
 * golden twin's board (replay-board.ts) gives the same out again. Writes are noted too, so that both
 * must send the same to the devices.
 */
import type { NumericErrorLine } from '../../guest-isa/fpu/fpu.js';
import type { InterruptSource, PhysicalMemory, PortSpace } from '../../guest-isa/mmu/ports.js';

type Width = 1 | 2 | 4;

export type IoKind =
  | 'port read'
  | 'port write'
  | 'memory read'
  | 'memory write'
  | 'interrupt acknowledge'
  | 'IGNNE# read'
  /** Happen to the guest, unasked. */
  | 'bus master'
  | 'map change';

export interface IoEntry {
  readonly kind: IoKind;
  /** Port or physical address. */
  readonly address: number;
  readonly width: number;
  /** What was read, written, or acknowledged. */
  readonly value: number;
  /** bus master: what it wrote. memory write: what RAM holds there afterwards, if RAM lies there. */
  bytes: Uint8Array | undefined;
}

export class IoLog {
  readonly memory: PhysicalMemory;
  readonly ports: PortSpace;
  readonly interrupts: InterruptSource;
  private readonly entries: IoEntry[] = [];
  private head = 0;
  /** A bus master's write whose bytes were announced but have not been looked at yet. */
  private announced: IoEntry | undefined;

  constructor(
    private readonly board: PhysicalMemory,
    ports: PortSpace,
    interrupts: InterruptSource,
  ) {
    this.memory = new LoggedMemory(board, this);
    this.ports = new LoggedPorts(ports, this);
    this.interrupts = new LoggedInterrupts(interrupts, this);
  }

  /** The line between x87 and board, with its answers noted. */
  errorLine(line: NumericErrorLine): NumericErrorLine {
    const note = (ignored: boolean): void => {
      this.note('IGNNE# read', 0, 1, ignored ? 1 : 0, undefined);
    };
    return {
      signal: (active) => line.signal(active),
      get ignored() {
        const { ignored } = line;
        note(ignored);
        return ignored;
      },
    };
  }

  note(
    kind: IoKind,
    address: number,
    width: number,
    value: number,
    bytes: Uint8Array | undefined,
  ): IoEntry {
    this.settle();
    const entry: IoEntry = { kind, address, width, value, bytes };
    this.entries.push(entry);
    return entry;
  }

  /** A bus master is about to write to RAM: its bytes can be seen when the next thing happens. */
  announce(address: number, sizeBytes: number): void {
    this.announced = this.note('bus master', address, sizeBytes, 0, undefined);
  }

  /** Looks at what was announced. To be called before the machine's processor goes on. */
  settle(): void {
    const entry = this.announced;
    if (!entry) return;
    this.announced = undefined;
    entry.bytes = this.board.ram.slice(entry.address, entry.address + entry.width);
  }

  /** The oldest entry that the twin has not had. */
  peek(): IoEntry | undefined {
    return this.head < this.entries.length ? this.entries[this.head] : undefined;
  }

  take(): void {
    this.head++;
    if (this.head < this.entries.length) return;
    this.entries.length = 0;
    this.head = 0;
  }

  /** Forgets everything: the twin begins anew. */
  clear(): void {
    this.announced = undefined;
    this.entries.length = 0;
    this.head = 0;
  }
}

class LoggedMemory implements PhysicalMemory {
  readonly ram: Uint8Array;
  readonly pageKinds: Uint8Array;

  constructor(
    private readonly board: PhysicalMemory,
    private readonly log: IoLog,
  ) {
    this.ram = board.ram;
    this.pageKinds = board.pageKinds;
  }

  read(address: number, width: Width): number {
    const value = this.board.read(address, width);
    this.log.note('memory read', address, width, value, undefined);
    return value;
  }

  write(address: number, value: number, width: Width): void {
    const entry = this.log.note('memory write', address, width, value, undefined);
    this.board.write(address, value, width);
    if (address + width <= this.ram.length) entry.bytes = this.ram.slice(address, address + width);
  }

  get onMapChanged(): () => void {
    return this.board.onMapChanged;
  }

  set onMapChanged(changed: () => void) {
    this.board.onMapChanged = () => {
      this.log.note('map change', 0, 0, 0, undefined);
      changed();
    };
  }

  get onRamWritten(): (address: number, sizeBytes: number) => void {
    return this.board.onRamWritten;
  }

  set onRamWritten(written: (address: number, sizeBytes: number) => void) {
    this.board.onRamWritten = (address, sizeBytes) => {
      this.log.announce(address, sizeBytes);
      written(address, sizeBytes);
    };
  }
}

class LoggedPorts implements PortSpace {
  constructor(
    private readonly board: PortSpace,
    private readonly log: IoLog,
  ) {}

  in(port: number, width: Width): number {
    const value = this.board.in(port, width);
    this.log.note('port read', port, width, value, undefined);
    return value;
  }

  out(port: number, value: number, width: Width): void {
    this.log.note('port write', port, width, value, undefined);
    this.board.out(port, value, width);
  }
}

class LoggedInterrupts implements InterruptSource {
  constructor(
    private readonly board: InterruptSource,
    private readonly log: IoLog,
  ) {}

  get intr(): boolean {
    return this.board.intr;
  }

  acknowledge(): number {
    const vector = this.board.acknowledge();
    this.log.note('interrupt acknowledge', 0, 1, vector, undefined);
    return vector;
  }

  apicBaseWritten(value: number): void {
    this.board.apicBaseWritten?.(value);
  }
}
