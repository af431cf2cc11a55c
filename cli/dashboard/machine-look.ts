/** What the dashboard has seen of its machine: looked at between slices, and handed to drawing as a model. */
import type { MachineConfig } from '../../sim/config/schema.js';
import type { Explanation } from '../../sim/explain/explanation.js';
import type { MachineHandle } from '../../sim/machine-api.js';
import type { MachineWatch, TranslationLine } from '../../sim/watch/machine-watch.js';
import { ConsoleScreen } from './console-screen.js';
import type { HostModel, Model } from './model.js';
import { type Sample, Samples, sampleOf } from './samples.js';
import { TraceCursor } from './stepper.js';
import type { UiState } from './ui-state.js';

/** Translations that are listed. */
const HOTTEST = 500;
/** How often what costs more is looked at while the machine runs, ms. */
const SLOW_MS = 1000;

export class MachineLook {
  /** Undefined where the golden interpreter runs alone; likewise the cursor in what it records. */
  readonly watch: MachineWatch | undefined;
  readonly cursor: TraceCursor | undefined;
  private readonly console = new ConsoleScreen();
  private readonly samples: Samples;
  private hottest: readonly TranslationLine[] = [];
  private explanation: Explanation | undefined;
  private mark: Sample | undefined;
  private lastSlow = -Infinity;

  constructor(
    private readonly machine: MachineHandle,
    private readonly config: MachineConfig,
    private readonly wallClock: () => number,
  ) {
    this.watch = machine.watch;
    this.cursor = this.watch && new TraceCursor(this.watch);
    this.samples = new Samples(this.sample());
    machine.console.onByte((byte) => this.console.push(byte));
  }

  /** What costs more is looked at only now and then, unless everything is asked for. */
  look({ view, inside }: Pick<UiState, 'view' | 'inside'>, everything = false): void {
    if (this.samples.add(this.sample())) this.mark = undefined;
    const now = this.wallClock();
    if (!everything && now - this.lastSlow < SLOW_MS) return;
    this.lastSlow = now;
    this.hottest = this.watch?.hottest(HOTTEST) ?? [];
    if (view === 'details' && inside !== undefined) this.explain(inside);
  }

  explain({ id, eip }: { readonly id: number; readonly eip: number }): void {
    const answer = this.machine.explain({ eip, top: 1 });
    this.explanation =
      answer.kind === 'explained' ? answer.translations.find((t) => t.id === id) : undefined;
  }

  /** The compare view counts from here; `once`: unless it has a mark. */
  setMark(once = false): void {
    if (!once || this.mark === undefined) this.mark = this.samples.newest;
  }

  model(notice: string, ended: string | undefined): Model {
    const { machine, config, samples, console, mark, explanation } = this;
    return {
      name: config.name,
      guest: machine.summary,
      clockMHz: config.host.clockMHz,
      limit: config.run.maxInstructions ?? undefined,
      textScreen: machine.screen(),
      host: this.hostModel(),
      ...{ samples, console, mark, explanation, notice, ended },
    };
  }

  private sample(): Sample {
    return sampleOf(this.wallClock(), this.machine.statistics());
  }

  private hostModel(): HostModel | undefined {
    const { watch, cursor, hottest } = this;
    if (watch === undefined || cursor === undefined) return undefined;
    return {
      units: watch.units,
      tcacheBytes: watch.tcacheBytes,
      hottest,
      trace: watch.trace().entries,
      current: cursor.current,
      moleculeAt: (hostPc) => watch.moleculeAt(hostPc),
    };
  }
}
