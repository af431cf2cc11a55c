/** What CPUID shows, from the configuration. */
import { type CpuIdentity, FEATURE_BITS, type Feature } from '../guest-isa/state/identity.js';
import type { MachineConfig } from './config/schema.js';

export function identityOf(config: MachineConfig): CpuIdentity {
  const { cpu, machine, host } = config;
  const announced = (Object.keys(FEATURE_BITS) as Feature[]).filter((name) =>
    name === 'apic'
      ? machine.apic
      : (cpu.features as Partial<Record<Feature, boolean>>)[name] === true,
  );
  const [major, minor, patch, build, serial] = cpu.cmsRevision.split(/[.-]/).map(Number);
  return {
    vendor: cpu.vendor,
    family: cpu.family,
    model: cpu.model,
    stepping: cpu.stepping,
    brand: cpu.brand,
    features: new Set(announced),
    clockMHz: host.clockMHz,
    hardwareRevision: packBytes(cpu.hardwareRevision.split('.').map(Number)),
    cmsRevision: packBytes([major, minor, patch, build]),
    cmsRevision2: serial,
    cmsText: cpu.cmsRelease,
  };
}

/** Four numbers to bytes, the first one highest, as the Transmeta leaves have them. */
function packBytes(parts: readonly number[]): number {
  return ((parts[0] << 24) | (parts[1] << 16) | (parts[2] << 8) | parts[3]) >>> 0;
}
