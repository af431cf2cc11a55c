/**
 * The dashboard of a run: between slices it looks at the machine, draws, and does what keys ask for. The
 * machine never waits for the terminal; it waits only for a user who has paused it. What it computes
 * does not depend on any of this.
 */
import type { MachineConfig } from '../../sim/config/schema.js';
import type { Explanation } from '../../sim/explain/explanation.js';
import type { MachineHandle } from '../../sim/machine-api.js';
import type { MachineWatch, TranslationLine } from '../../sim/watch/machine-watch.js';
import type { CliHost } from '../cli-host.js';
import type { RunControl, RunWatcher, SliceWish } from '../run-watcher.js';
import { ConsoleScreen } from './console-screen.js';
import type { DashboardScreen, OpenScreen } from './dashboard-screen.js';
import { drawFrame } from './draw.js';
import type { HostModel, Model } from './model.js';
import { bytes } from './numbers.js';
import { type Sample, Samples, sampleOf } from './samples.js';
import { TraceCursor } from './stepper.js';
import { themeOf } from './theme.js';
import {
  type Effect,
  type Key,
  overState,
  pressed,
  RATES,
  type Shown,
  START,
  type UiState,
} from './ui-state.js';

export interface DashboardParts {
  readonly machine: MachineHandle;
  readonly config: MachineConfig;
  readonly host: Pick<CliHost, 'environment' | 'wallClock' | 'wait'>;
  readonly openScreen: OpenScreen;
  /** Writes the machine to a file: its name and size. */
  readonly saveSnapshot: () => { readonly path: string; readonly sizeBytes: number };
}

/** Molecules that are shown of a machine that runs. */
const SAMPLED = 64;
const HOTTEST = 500;
/** How often what costs more is looked at while the machine runs, ms. */
const SLOW_MS = 1000;
const NOTICE_MS = 4000;
const POLL_MS = 20;
/** How long the dashboard stays behind the end of a run if nobody touches it. */
const LINGER_MS = 10_000;
/** Looking and drawing take at most about this part of the time. */
const MOST_DRAWING = 0.1;

export class Dashboard implements RunWatcher {
  private state: UiState = START;
  private shown: Shown = { hottest: [], last: 0, page: 0, instructions: 0 };
  private readonly screen: DashboardScreen;
  private readonly theme;
  private readonly console = new ConsoleScreen();
  private readonly samples: Samples;
  private readonly watch: MachineWatch | undefined;
  private readonly cursor: TraceCursor | undefined;
  private control: RunControl | undefined;
  private hottest: readonly TranslationLine[] = [];
  private explanation: Explanation | undefined;
  private mark: Sample | undefined;
  private notice = { text: '', until: 0 };
  private ended: string | undefined;
  private touched = false;
  private left = false;
  /** A sample of molecules, or everything, is recorded. */
  private recording: 'nothing' | 'sample' | 'all' = 'nothing';
  private stepping = false;
  private lastFrame = -Infinity;
  private lastSlow = -Infinity;
  private frameMs = 0;

  constructor(private readonly parts: DashboardParts) {
    const { machine, host, openScreen } = parts;
    this.watch = machine.watch;
    this.cursor = this.watch && new TraceCursor(this.watch);
    this.samples = new Samples(this.takeSample());
    this.theme = themeOf(!host.environment.NO_COLOR);
    machine.console.onByte((byte) => this.console.push(byte));
    this.screen = openScreen({
      key: (key) => this.pressed(key),
      resized: () => this.draw(),
      closed: () => this.closed(),
    });
    this.draw();
  }

  attach(control: RunControl): void {
    this.control = control;
  }

  async beforeSlice(): Promise<SliceWish | undefined> {
    while (!this.left) {
      if (!this.state.paused) return this.runOn();
      const wish = this.whilePaused();
      if (wish !== 'wait') return wish;
      await this.parts.host.wait(POLL_MS);
      this.forgetNotice();
    }
    return undefined;
  }

  afterSlice(): void {
    if (this.state.paused) return;
    if (this.parts.host.wallClock() - this.lastFrame < this.intervalMs) return;
    if (this.recording === 'nothing' && this.watch !== undefined) {
      // The next slice shows what the machine is at; then the frame is drawn.
      this.watch.sample(SAMPLED);
      this.recording = 'sample';
      return;
    }
    this.recording = 'nothing';
    const begunAt = this.parts.host.wallClock();
    this.look();
    this.cursor?.toEnd();
    this.draw();
    this.frameMs = this.parts.host.wallClock() - begunAt;
  }

  async over(sentence: string, linger: boolean): Promise<void> {
    this.watch?.rest();
    this.ended = sentence;
    this.state = overState(this.state);
    this.look(true);
    this.cursor?.toEnd();
    this.draw();
    const { host } = this.parts;
    const until = host.wallClock() + LINGER_MS;
    let seconds = -1;
    while (linger && !this.left && (this.touched || host.wallClock() < until)) {
      const remaining = Math.ceil((until - host.wallClock()) / 1000);
      if (!this.touched && remaining !== seconds) {
        seconds = remaining;
        this.note(`${sentence}; leaves in ${remaining} s, any key stays`, Infinity);
        this.draw();
      }
      await host.wait(POLL_MS);
      this.forgetNotice();
    }
  }

  leave(): void {
    this.left = true;
  }

  close(): void {
    this.left = true;
    this.watch?.rest();
    this.screen.close();
  }

  private get intervalMs(): number {
    return Math.max(1000 / RATES[this.state.rate], this.frameMs / MOST_DRAWING);
  }

  /** The machine goes on at its own pace. */
  private runOn(): undefined {
    if (this.recording === 'all') {
      this.watch?.rest();
      this.recording = 'nothing';
    }
    this.stepping = false;
    return undefined;
  }

  /** A slice that is to be run although the user has paused; or nothing is to be done. */
  private whilePaused(): SliceWish | undefined | 'wait' {
    const { watch, cursor } = this;
    if (watch === undefined || cursor === undefined) return this.pausedWithoutHost();
    if (this.recording !== 'all') {
      // One slice more, and its end is what the user sees.
      watch.follow();
      this.recording = 'all';
      this.lastFrame = -Infinity;
      return undefined;
    }
    if (this.lastFrame === -Infinity) {
      cursor.toEnd();
      this.look(true);
      this.draw();
    }
    if (!this.stepping) return 'wait';
    const instructions = cursor.advance();
    if (instructions > 0) return { sliceInstructions: instructions };
    this.stepping = false;
    if (cursor.wasGivenUp) this.note('nothing of the kind came; the guest may be asleep');
    this.look(true);
    this.draw();
    return 'wait';
  }

  /** The golden interpreter alone: a step is an instruction. */
  private pausedWithoutHost(): SliceWish | 'wait' {
    if (this.lastFrame !== -Infinity && this.stepping) {
      this.stepping = false;
      this.lastFrame = -Infinity;
      return { sliceInstructions: 1 };
    }
    if (this.lastFrame === -Infinity) {
      this.look(true);
      this.draw();
    }
    return 'wait';
  }

  private takeSample(): Sample {
    const { host, machine } = this.parts;
    return sampleOf(host.wallClock(), machine.statistics());
  }

  /** Looks at the machine; what costs more, only now and then. */
  private look(everything = false): void {
    this.samples.add(this.takeSample());
    const now = this.parts.host.wallClock();
    if (!everything && now - this.lastSlow < SLOW_MS) return;
    this.lastSlow = now;
    this.hottest = this.watch?.hottest(HOTTEST) ?? [];
    if (this.state.view === 'details' && this.state.inside) this.explain(this.state.inside);
  }

  private explain({ id, eip }: { readonly id: number; readonly eip: number }): void {
    const answer = this.parts.machine.explain({ eip, top: 1 });
    this.explanation =
      answer.kind === 'explained' ? answer.translations.find((t) => t.id === id) : undefined;
  }

  private draw(): void {
    const { screen } = this;
    this.lastFrame = this.parts.host.wallClock();
    if (screen.isBusy) return;
    const { width, height } = screen;
    const frame = drawFrame(this.model(), this.state, this.theme, width, height);
    this.shown = frame.shown;
    screen.draw(frame.grid);
  }

  private model(): Model {
    const { machine, config } = this.parts;
    return {
      name: config.name,
      guest: machine.summary,
      clockMHz: config.host.clockMHz,
      samples: this.samples,
      limit: config.run.maxInstructions ?? undefined,
      console: this.console,
      textScreen: machine.screen(),
      host: this.hostModel(),
      notice: this.notice.text,
      ended: this.ended,
      mark: this.mark,
      explanation: this.explanation,
    };
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

  private pressed(key: Key): void {
    if (this.left) return;
    if (!this.touched && this.ended !== undefined) this.notice = { text: '', until: 0 };
    this.touched = true;
    const { state, effects } = pressed(this.state, key, this.shown);
    const { paused: wasPaused, rate } = this.state;
    this.state = state;
    if (state.rate !== rate) this.note(`refreshed ${RATES[state.rate]} times a second`);
    if (state.view === 'compare') this.mark ??= this.samples.newest;
    if (state.paused && !wasPaused) this.lastFrame = -Infinity;
    for (const effect of effects) this.carryOut(effect);
    // While the machine pauses, a frame that is due shows the end of the slice that comes first.
    if (this.lastFrame !== -Infinity) this.draw();
  }

  private carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'quit':
        this.quit(effect.key);
        return;
      case 'step':
        this.stepping = true;
        this.cursor?.begin(effect.step);
        return;
      case 'type':
        this.control?.type(Buffer.from(effect.text, 'utf8'));
        return;
      case 'explain':
        this.explain(effect);
        return;
      case 'mark':
        this.mark = this.samples.newest;
        return;
      case 'snapshot':
        this.saveSnapshot();
        return;
      case 'redraw':
        this.screen.redraw();
        return;
      case 'suspend':
        this.screen.suspend();
        return;
      default:
        effect satisfies never;
    }
  }

  private quit(key: 'q' | 'ctrl-c'): void {
    this.left = true;
    this.control?.finish(
      key === 'q' ? { kind: 'left', key } : { kind: 'signal', signal: 'SIGINT' },
    );
  }

  private closed(): void {
    this.left = true;
    this.control?.finish({ kind: 'closed' });
  }

  private saveSnapshot(): void {
    try {
      const { path, sizeBytes } = this.parts.saveSnapshot();
      this.note(`snapshot ${path}, ${bytes(sizeBytes)}`);
    } catch (error) {
      this.note(`no snapshot: ${(error as Error).message}`);
    }
  }

  private note(text: string, ms = NOTICE_MS): void {
    this.notice = { text, until: this.parts.host.wallClock() + ms };
  }

  private forgetNotice(): void {
    if (this.notice.text === '' || this.parts.host.wallClock() < this.notice.until) return;
    this.notice = { text: '', until: 0 };
    this.draw();
  }
}
