/**
 * The firmware configuration device of virtual machines: a selector at port 0x510 and the bytes of
 * the selected item at 0x511, with a directory of named files. SeaBIOS asks it for the memory map,
 * the ACPI tables and the boot order.
 * Source: the fw_cfg device specification (QEMU documentation, docs/specs/fw_cfg).
 * Left out: the DMA interface (not announced in the id), writing.
 */
import type { Device, DeviceHost, DeviceState } from './device.js';

/** Items with fixed selectors. */
export const FwCfgItem = {
  signature: 0x00,
  id: 0x01,
  ramSize: 0x03,
  cpus: 0x05,
  numa: 0x0d,
  bootMenu: 0x0e,
  maxCpus: 0x0f,
  directory: 0x19,
  firstFile: 0x20,
  acpiTables: 0x8000,
  smbiosEntries: 0x8001,
  irq0Override: 0x8002,
  e820: 0x8003,
} as const;

const NAME_BYTES = 56;

export interface FwCfgOptions {
  readonly memoryBytes: number;
  /** Files by name; the directory is sorted by it. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
}

function little(value: number, sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, i) => Math.floor(value / 2 ** (8 * i)) & 0xff);
}

export class FwCfg implements Device {
  readonly name = 'fw-cfg';
  private readonly items = new Map<number, Uint8Array>();
  private selector = 0;
  private position = 0;

  constructor(host: DeviceHost, options: FwCfgOptions) {
    this.addFixed(options.memoryBytes);
    const files = new Map(options.files);
    files.set('etc/e820', e820File(options.memoryBytes));
    this.addFiles(files);
    host.spaces.ports(
      0x510,
      2,
      {
        read: (port) => (port === 0x511 ? this.next() : 0),
        write: (port, value, width) => {
          if (port !== 0x510) return;
          // A byte write selects too: the upper half is zero then.
          this.selector = width === 1 ? value & 0xff : value & 0xffff;
          this.position = 0;
        },
        maxWidth: 2,
      },
      'firmware configuration',
    );
  }

  private addFixed(memoryBytes: number): void {
    const { items } = this;
    items.set(
      FwCfgItem.signature,
      Uint8Array.from('QEMU', (c) => c.charCodeAt(0)),
    );
    items.set(FwCfgItem.id, little(1, 4));
    items.set(FwCfgItem.ramSize, little(memoryBytes, 8));
    items.set(FwCfgItem.cpus, little(1, 2));
    items.set(FwCfgItem.numa, little(0, 8));
    items.set(FwCfgItem.bootMenu, little(0, 2));
    items.set(FwCfgItem.maxCpus, little(1, 2));
    items.set(FwCfgItem.acpiTables, little(0, 2));
    items.set(FwCfgItem.smbiosEntries, little(0, 2));
    items.set(FwCfgItem.irq0Override, little(1, 1));
    items.set(FwCfgItem.e820, little(0, 4));
  }

  /** Directory: big-endian count, then size, selector and name of each file. */
  private addFiles(files: ReadonlyMap<string, Uint8Array>): void {
    const names = [...files.keys()].sort();
    const directory = new Uint8Array(4 + 64 * names.length);
    const view = new DataView(directory.buffer);
    view.setUint32(0, names.length);
    names.forEach((name, i) => {
      const bytes = files.get(name) as Uint8Array;
      const at = 4 + 64 * i;
      view.setUint32(at, bytes.length);
      view.setUint16(at + 4, FwCfgItem.firstFile + i);
      for (let c = 0; c < Math.min(name.length, NAME_BYTES - 1); c++) {
        directory[at + 8 + c] = name.charCodeAt(c);
      }
      this.items.set(FwCfgItem.firstFile + i, bytes);
    });
    this.items.set(FwCfgItem.directory, directory);
  }

  /** Past the end, and for an unknown selector, zeros. */
  private next(): number {
    const item = this.items.get(this.selector & 0xbfff);
    return item?.[this.position++] ?? 0;
  }

  reset(): void {
    this.selector = this.position = 0;
  }

  save(): DeviceState {
    return { selector: this.selector, position: this.position };
  }

  restore(state: DeviceState): void {
    this.selector = state.selector as number;
    this.position = state.position as number;
  }
}

/** "etc/e820": address, length and type (1 RAM) of each block, 20 bytes an entry. */
function e820File(memoryBytes: number): Uint8Array {
  const bytes = new Uint8Array(20);
  bytes.set(little(memoryBytes, 8), 8);
  bytes[16] = 1;
  return bytes;
}
