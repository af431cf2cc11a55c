/**
 * The board's DSDT: soft-off, the PCI root bridge with its windows and interrupt routing, the
 * four interrupt links of the PIIX, and the fixed devices on the ISA bus.
 * Source: ACPI Specification 2.0, chapters 6 and 7; 82371SB datasheet for the routing registers.
 * The links route to ISA interrupts, which are the same inputs on 8259 and I/O APIC, so one _PRT
 * serves both modes.
 */
import { SLEEP_TYPE_S5 } from './acpi-pm.js';
import * as aml from './aml.js';
import { IO_APIC_BASE } from './io-apic.js';
import { pirqOf } from './pci.js';
import { PIIX_SLOT, PIRQ_ROUTE } from './piix.js';

export interface DsdtOptions {
  readonly memoryBytes: number;
  readonly pmBase: number;
  readonly smbusBase: number;
}

/** Interrupts that a link may be set to. */
const LINK_CHOICES = [5, 10, 11] as const;
const LINKS = ['LNKA', 'LNKB', 'LNKC', 'LNKD'] as const;
const ROUTES = ['PRQ0', 'PRQ1', 'PRQ2', 'PRQ3'] as const;
/** PCI windows end where the I/O APIC begins. */
const PCI_MEMORY_END = IO_APIC_BASE - 1;

export function dsdtBody(o: DsdtOptions): aml.Aml {
  const type = aml.integer(SLEEP_TYPE_S5);
  return [
    ...aml.name('\\_S5', aml.pkg(type, type, aml.integer(0), aml.integer(0))),
    ...aml.scope('\\_SB', rootBridge(o), isaBridge(o), links()),
  ];
}

function rootBridge(o: DsdtOptions): aml.Aml {
  const windows = aml.resources(
    aml.wordRange(2, 0, 0xff),
    aml.ioPorts(0xcf8, 8),
    aml.wordRange(1, 0x0000, 0x0cf7),
    aml.wordRange(1, 0x0d00, 0xffff),
    aml.memoryRange(0xa0000, 0xbffff),
    aml.memoryRange(Math.max(o.memoryBytes, 0x1000_0000), PCI_MEMORY_END),
  );
  return aml.device(
    'PCI0',
    aml.name('_HID', aml.eisaId('PNP0A03')),
    aml.name('_UID', aml.integer(0)),
    aml.name('_CRS', windows),
    aml.name('_PRT', routing()),
  );
}

/** Slot and pin to link, for every slot that a card could be in. */
function routing(): aml.Aml {
  const rows: aml.Aml[] = [];
  for (let slot = 1; slot < 32; slot++) {
    for (let pin = 1; pin <= 4; pin++) {
      const address = aml.integer(slot * 0x1_0000 + 0xffff);
      const link = aml.path(`\\_SB.${LINKS[pirqOf(slot, pin)]}`);
      rows.push(aml.pkg(address, aml.integer(pin - 1), link, aml.integer(0)));
    }
  }
  return aml.pkg(...rows);
}

function isaBridge(o: DsdtOptions): aml.Aml {
  const simple = (at: string, id: string, ...crs: aml.Aml[]) =>
    aml.device(at, aml.name('_HID', aml.eisaId(id)), aml.name('_CRS', aml.resources(...crs)));
  const serial = (at: string, uid: number, port: number, irq: number) =>
    aml.device(
      at,
      aml.name('_HID', aml.eisaId('PNP0501')),
      aml.name('_UID', aml.integer(uid)),
      aml.name('_CRS', aml.resources(aml.ioPorts(port, 8), aml.isaIrq(irq))),
    );
  const chipset = [aml.ioPorts(0x92, 1), aml.ioPorts(0xb2, 2), aml.ioPorts(0x4d0, 2)];
  const power = [aml.ioPorts(o.pmBase, 64), aml.ioPorts(o.smbusBase, 16)];
  return aml.scope(
    'PCI0',
    aml.device(
      'ISA',
      aml.name('_ADR', aml.integer(PIIX_SLOT * 0x1_0000)),
      aml.region('P40C', 2, PIRQ_ROUTE, 4),
      aml.byteFields('P40C', ROUTES),
      simple('RTC', 'PNP0B00', aml.ioPorts(0x70, 2), aml.isaIrq(8)),
      simple('TIMR', 'PNP0100', aml.ioPorts(0x40, 4), aml.isaIrq(0)),
      simple('SPKR', 'PNP0800', aml.ioPorts(0x61, 1)),
      simple('KBD', 'PNP0303', aml.ioPorts(0x60, 1), aml.ioPorts(0x64, 1), aml.isaIrq(1)),
      simple('MOU', 'PNP0F13', aml.isaIrq(12)),
      serial('COM1', 1, 0x3f8, 4),
      serial('COM2', 2, 0x2f8, 3),
      simple('MBRD', 'PNP0C02', ...chipset, ...power),
    ),
  );
}

function links(): aml.Aml {
  return LINKS.flatMap((link, i) => linkDevice(link, `\\_SB.PCI0.ISA.${ROUTES[i]}`, i));
}

/** A PIIX routing register as an interrupt link: bit 7 disables it, the low bits are the interrupt. */
function linkDevice(at: string, register: string, index: number): aml.Aml {
  const route = aml.path(register);
  const disabled = aml.and(route, aml.integer(0x80));
  // Byte 5 of an extended interrupt descriptor is where the interrupt number stands.
  const number = 5;
  return aml.device(
    at,
    aml.name('_HID', aml.eisaId('PNP0C0F')),
    aml.name('_UID', aml.integer(index + 1)),
    aml.name('_PRS', aml.resources(aml.interrupts(...LINK_CHOICES))),
    aml.method('_STA', 0, aml.when(disabled, aml.ret(aml.integer(9))), aml.ret(aml.integer(0xb))),
    aml.method('_DIS', 0, aml.or(route, aml.integer(0x80), route)),
    aml.method(
      '_CRS',
      aml.SERIALIZED,
      aml.name('BUF', aml.resources(aml.interrupts(0))),
      aml.dwordFieldOf(aml.path('BUF'), number, 'IRQN'),
      aml.and(route, aml.integer(0x0f), aml.local0),
      aml.when(disabled, aml.store(aml.integer(0), aml.local0)),
      aml.store(aml.local0, aml.path('IRQN')),
      aml.ret(aml.path('BUF')),
    ),
    aml.method(
      '_SRS',
      aml.SERIALIZED | 1,
      aml.dwordFieldOf(aml.arg0, number, 'IRQN'),
      aml.store(aml.path('IRQN'), route),
    ),
  );
}
