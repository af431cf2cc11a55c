/**
 * How time passes on the host (docs/timing-model.md). `full`: cycle by cycle, as the other files of
 * hw/timing say. `functional`: nothing takes time but what the guest completes, one cycle for each
 * step of the interpreter (an instruction, or a further iteration of a repeated one).
 */
export type TimingModel = 'full' | 'functional';
