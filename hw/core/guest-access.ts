/**
 * The slow path of guest loads and stores: pages that are not in the guest's translation table, not
 * RAM, or watched for stores (T-bits), and accesses that cross a page. The fast path (one look into the
 * table) is the load/store unit's.
 *
 * Results are the guest physical address of the first byte, or -1 - EXIT.x for the exit to take, with
 * `address` and `sizeBytes` for the report. A crossing access has `firstBytes` at the address and the
 * others at `second`.
 */
import { SimulatorBug } from '../../base/errors.js';
import { EXIT } from './exits.js';
import { PAGE_MASK } from './guest-words.js';
import type { GuestMemoryPort } from './host-core.js';
import type { UndoLog } from './undo-log.js';

const PAGE_BYTES = 0x1000;

export class GuestAccess {
  /** Guest physical address of the part in the second page, or -1. */
  second = -1;
  firstBytes = 0;
  /** Details of an exit. */
  address = 0;
  sizeBytes = 0;
  /** The port was asked since the last commit, so it wants to know how that ends. */
  asked = false;
  private connected: GuestMemoryPort | undefined;

  constructor(private readonly undo: UndoLog) {}

  connect(port: GuestMemoryPort): void {
    this.connected = port;
  }

  load(linear: number, bytes: number, user: boolean, walk: boolean): number {
    return this.translate(linear, bytes, user, walk, false);
  }

  store(linear: number, bytes: number, user: boolean): number {
    const first = this.translate(linear, bytes, user, true, true);
    if (first < 0) return first;
    const refused = this.mayNotStore(first, this.firstBytes);
    if (refused !== 0 || this.second < 0) return refused === 0 ? first : refused;
    const refusedSecond = this.mayNotStore(this.second, bytes - this.firstBytes);
    return refusedSecond === 0 ? first : refusedSecond;
  }

  /** Physical page that code at a linear page would be fetched from, or -1. */
  fetchPage(linear: number, user: boolean): number {
    const physical = this.port().translateFetch(linear & PAGE_MASK, user);
    return physical === -1 ? -1 : physical & PAGE_MASK;
  }

  committed(): void {
    if (!this.asked) return;
    this.port().committed();
    this.asked = false;
  }

  rolledBack(): void {
    if (!this.asked) return;
    this.port().rolledBack();
    this.asked = false;
  }

  private translate(
    linear: number,
    bytes: number,
    user: boolean,
    walk: boolean,
    write: boolean,
  ): number {
    this.second = -1;
    this.firstBytes = Math.min(bytes, PAGE_BYTES - (linear & (PAGE_BYTES - 1)));
    this.address = linear;
    this.sizeBytes = bytes;
    if (this.undo.full) return -1 - EXIT.storeBuffer;
    const port = this.port();
    const first = port.translate(linear, write, user, walk);
    if (first < 0 || this.firstBytes === bytes) return first;
    const next = (linear + this.firstBytes) | 0;
    const second = port.translate(next, write, user, walk);
    if (second >= 0) {
      this.second = second;
      return first;
    }
    this.address = next;
    this.sizeBytes = bytes - this.firstBytes;
    return second;
  }

  /** 0, or -1 - EXIT.x. */
  private mayNotStore(physical: number, bytes: number): number {
    const exit = this.port().mayStore(physical, bytes);
    if (exit < 0) return 0;
    this.address = physical;
    this.sizeBytes = bytes;
    return -1 - exit;
  }

  private port(): GuestMemoryPort {
    if (this.connected === undefined) throw new SimulatorBug('no guest memory is connected');
    this.asked = true;
    return this.connected;
  }
}
