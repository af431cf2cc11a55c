/**
 * The I/O port space: 65536 ports, each with at most one answering claim.
 *
 * An access is given to the claim of its first port in one piece when it is naturally aligned, the
 * claim takes that width and holds the whole of it; otherwise it is split into two halves, in
 * ascending order, as the ISA bus does. Where claims overlap, the one with fewer ports answers, then
 * the older one: so a reset register at 0xcf9 lies inside the configuration address at 0xcf8, and a
 * misplaced PCI BAR cannot hide a device of the board. Unclaimed reads give ones.
 */
import { SimulatorBug } from '../../base/errors.js';
import type { PortHandlers, Width } from '../platform/device.js';
import { AccessTally } from './access-tally.js';

const PORTS = 0x10000;

interface PortClaim {
  readonly first: number;
  /** One past the last port. */
  readonly end: number;
  readonly maxWidth: Width;
  readonly handlers: PortHandlers;
  readonly owner: string;
}

export class PortMap {
  readonly unclaimed = new AccessTally();
  private readonly claims: PortClaim[] = [];
  private readonly table: (PortClaim | undefined)[] = new Array(PORTS).fill(undefined);

  /** Adds a claim; the result takes it back. */
  claim(first: number, count: number, handlers: PortHandlers, owner: string): () => void {
    if (first < 0 || count < 1 || first + count > PORTS) {
      throw new SimulatorBug(`${owner} claims ports ${first}+${count}`);
    }
    const claim: PortClaim = {
      first,
      end: first + count,
      maxWidth: handlers.maxWidth ?? 1,
      handlers,
      owner,
    };
    this.claims.push(claim);
    this.resolve(claim);
    return () => {
      const index = this.claims.indexOf(claim);
      if (index < 0) return;
      this.claims.splice(index, 1);
      this.resolve(claim);
    };
  }

  /** Name of who answers a port, for reports. */
  ownerOf(port: number): string | undefined {
    return this.table[port]?.owner;
  }

  in(port: number, width: Width): number {
    const claim = this.table[port];
    const ones = width === 4 ? 0xffff_ffff : width === 2 ? 0xffff : 0xff;
    if (!claim && this.openBus(port, width)) {
      this.unclaimed.read(port);
      return ones;
    }
    if (claim && takesWhole(claim, port, width)) {
      const { handlers } = claim;
      return handlers.read ? (handlers.read(port, width) & ones) >>> 0 : ones;
    }
    const half = (width >> 1) as Width;
    const low = this.in(port, half);
    const high = this.in((port + half) & 0xffff, half);
    return (low | (high << (half * 8))) >>> 0;
  }

  out(port: number, value: number, width: Width): void {
    const claim = this.table[port];
    if (!claim && this.openBus(port, width)) {
      this.unclaimed.write(port);
      return;
    }
    if (claim && takesWhole(claim, port, width)) {
      const ones = width === 4 ? 0xffff_ffff : width === 2 ? 0xffff : 0xff;
      claim.handlers.write?.(port, (value & ones) >>> 0, width);
      return;
    }
    const half = (width >> 1) as Width;
    this.out(port, value, half);
    this.out((port + half) & 0xffff, value >>> (half * 8), half);
  }

  private openBus(port: number, width: Width): boolean {
    for (let i = 0; i < width; i++) if (this.table[(port + i) & 0xffff]) return false;
    return true;
  }

  /** Decides anew who answers the ports of a claim that came or went. */
  private resolve(changed: PortClaim): void {
    for (let port = changed.first; port < changed.end; port++) {
      let best: PortClaim | undefined;
      for (const c of this.claims) {
        if (port < c.first || port >= c.end) continue;
        if (!best || c.end - c.first < best.end - best.first) best = c;
      }
      this.table[port] = best;
    }
  }
}

function takesWhole(claim: PortClaim, port: number, width: Width): boolean {
  if (width === 1) return true;
  return width <= claim.maxWidth && (port & (width - 1)) === 0 && port + width <= claim.end;
}
