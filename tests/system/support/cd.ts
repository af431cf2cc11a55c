/**
 * A bootable CD-ROM: the volume descriptors of ISO 9660 that firmware looks at and an El Torito
 * boot catalog (specification 1.0) with one entry without emulation. There is no file system.
 */
const sectorBytes = 2048;
const catalogSector = 19;
const imageSector = 20;

export function elToritoImage(code: Uint8Array, sectors = 64): Uint8Array {
  const disk = new Uint8Array(sectors * sectorBytes);
  const view = new DataView(disk.buffer);
  const descriptor = (sector: number, type: number): number => {
    const at = sector * sectorBytes;
    disk[at] = type;
    disk.set(Buffer.from('CD001'), at + 1);
    disk[at + 6] = 1;
    return at;
  };
  descriptor(16, 1);
  const boot = descriptor(17, 0);
  disk.set(Buffer.from('EL TORITO SPECIFICATION'), boot + 7);
  view.setUint32(boot + 0x47, catalogSector, true);
  descriptor(18, 255);
  const catalog = catalogSector * sectorBytes;
  // Validation entry: header 1, platform 80x86, and a checksum that makes its words sum to zero.
  disk[catalog] = 1;
  disk.set([0x55, 0xaa], catalog + 30);
  let sum = 0;
  for (let i = 0; i < 32; i += 2) sum += view.getUint16(catalog + i, true);
  view.setUint16(catalog + 28, -sum & 0xffff, true);
  // Initial entry: bootable, no emulation, loaded at 07C0:0000.
  const entry = catalog + 32;
  disk[entry] = 0x88;
  view.setUint16(entry + 6, Math.ceil(code.length / 512), true);
  view.setUint32(entry + 8, imageSector, true);
  disk.set(code, imageSector * sectorBytes);
  return disk;
}
