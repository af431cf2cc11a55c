/**
 * The ISA bridge of the 82371SB (PIIX3): routing of the PCI interrupt lines to ISA interrupts,
 * resets asked for at port 0xcf9 (the register itself is in pci.ts), and the bridge's other registers as storage.
 * Source: Intel 82371FB/82371SB datasheet (290550), sections 2.2 and 2.6.
 * The power management function of the 82371AB (PIIX4) is in acpi-pm.ts, the IDE function in ide.ts.
 * Left out: USB function, motherboard device DMA and interrupt steering, SMI generation,
 * relocation of the I/O APIC (APICB stores).
 */
import type { DeviceHost, IrqLine } from './device.js';
import { type PciBus, PciFunction } from './pci.js';

export const PIIX_SLOT = 1;
export const PIRQ_ROUTE = 0x60;
/** Interrupts that a PIRQ line may be routed to; the others are reserved encodings. */
const ROUTABLE = 0b1101_1110_1111_1000;

export function isaBridge(host: DeviceHost, pci: PciBus): PciFunction {
  const fn = new PciFunction({
    name: 'PIIX3 ISA bridge',
    slot: PIIX_SLOT,
    fn: 0,
    vendorId: 0x8086,
    deviceId: 0x7000,
    classCode: 0x060100,
    multiFunction: true,
  });
  fn.define(0x04, 2, 0x0007, 0x0008);
  fn.define(0x06, 2, 0x0280, 0x0000, 0x7800);
  fn.define(0x4c, 1, 0x4d, 0x7f); // ISA I/O recovery timer
  fn.define(0x4e, 2, 0x0003, 0x07ff); // X-bus chip select
  fn.define(PIRQ_ROUTE, 4, 0x8080_8080, 0x8f8f_8f8f);
  fn.define(0x69, 1, 0x02, 0xfe); // top of memory
  fn.define(0x6a, 2, 0, 0xffff); // miscellaneous status
  fn.define(0x70, 2, 0x8080, 0xffff); // motherboard device interrupt routes
  fn.define(0x76, 2, 0x0c0c, 0xffff); // motherboard device DMA
  fn.define(0x78, 2, 0x0002, 0xffff); // programmable chip select
  fn.define(0x80, 1, 0, 0x7f); // APIC base relocation
  fn.define(0x82, 1, 0, 0x0f); // deterministic latency
  fn.define(0xa0, 1, 0x08, 0x1f); // SMI control
  fn.define(0xa2, 2, 0, 0xffff);
  fn.define(0xa4, 4, 0, 0xffff_ffff);
  fn.define(0xa8, 1, 0x0f, 0xff);
  fn.define(0xaa, 2, 0, 0x00ff);
  fn.define(0xac, 3, 0, 0xffffff);
  routePirqs(fn, host, pci);
  pci.onReset = (hard) => host.system.reset(`${hard ? 'hard' : 'soft'} reset by port 0xcf9`);
  return fn;
}

/** Keeps the ISA lines equal to what the PIRQ levels and the four routing registers say. */
function routePirqs(fn: PciFunction, host: DeviceHost, pci: PciBus): void {
  const lines: (IrqLine | undefined)[] = Array.from({ length: 16 }, (_, irq) =>
    (ROUTABLE >> irq) & 1 ? host.irq(irq) : undefined,
  );
  const update = () => {
    let levels = 0;
    for (let pirq = 0; pirq < 4; pirq++) {
      const route = fn.config[PIRQ_ROUTE + pirq];
      if (!(route & 0x80) && pci.pirqLevel(pirq)) levels |= 1 << (route & 0x0f);
    }
    for (let irq = 0; irq < 16; irq++) lines[irq]?.(((levels >> irq) & 1) !== 0);
  };
  fn.watch(PIRQ_ROUTE, 4, update);
  pci.onPirq = update;
}
