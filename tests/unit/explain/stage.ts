/** Small guest programs on the rig with code morphing, run to their halt, and explained. */
import type { CodeMorphing } from '../../../cms/runtime/cms.js';
import { HostIsa } from '../../../hw/atom/host-isa.js';
import type { Stepper } from '../../../hw/exec/step/stepper.js';
import { Explainer } from '../../../sim/explain/explain.js';
import type { Host } from '../../../sim/processor.js';
import { tm5800Host } from '../atom/machines.js';
import { assembleGuest, Rig, testCms } from '../runtime/rig.js';

export interface Explained {
  readonly rig: Rig;
  readonly host: Host;
  readonly explainer: Explainer;
}

export function explained(program: string): Explained {
  const rig = new Rig({ cms: testCms });
  rig.load(assembleGuest(program));
  rig.run();
  const host: Host = {
    isa: new HostIsa(tm5800Host),
    core: rig.stepper as Stepper,
    software: rig.cms as CodeMorphing,
  };
  const totals = { instructions: rig.loop.instructions, cycles: rig.clock.now };
  return { rig, host, explainer: new Explainer(host, testCms, totals) };
}

/** A loop with a side that is taken now and then, a call, and a block that runs too rarely to become hot. */
export const PROGRAM = `
  mov ecx, 400
  top:
  add eax, ecx
  test ecx, 31
  jnz @on
  push ecx
  call @seldom
  pop ecx
  on:
  add dword ptr [0x40000], eax
  dec ecx
  jnz @top
  hlt
  seldom:
  xor edx, eax
  imul ebx, edx, 5
  ret`;
