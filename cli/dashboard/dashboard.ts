/**
 * The dashboard of a run: between slices it looks at the machine, draws, and does what keys ask for. The
 * machine never waits for the terminal; it waits only for a user who has paused it. What it computes
 * does not depend on any of this.
 */
import type { MachineConfig } from '../../sim/config/schema.js';
import type { MachineHandle } from '../../sim/machine-api.js';
import type { CliHost } from '../cli-host.js';
import type { RunControl, RunWatcher, SliceWish } from '../run-watcher.js';
import type { DashboardScreen, OpenScreen } from './dashboard-screen.js';
import { drawFrame } from './draw.js';
import { MachineLook } from './machine-look.js';
import { bytes } from './numbers.js';
import { themeOf } from './theme.js';
import {
  type Effect,
  type Key,
  overState,
  pressed,
  RATES,
  type Shown,
  START,
  type Step,
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

/** Entries that are recorded of a machine that runs, for the pipeline. */
const SAMPLED = 64;
const NOTICE_MS = 4000;
const POLL_MS = 20;
/** How long the dashboard stays behind the end of a run if nobody touches it. */
const LINGER_MS = 10_000;
/** Looking and drawing take at most about this part of the time. */
const MOST_DRAWING = 0.1;
/** Steps that may wait: a key that is held down must not go on for ever. */
const MOST_STEPS = 32;

export class Dashboard implements RunWatcher {
  private state: UiState = START;
  private shown: Shown = { hottest: [], last: 0, page: 0, instructions: 0 };
  private readonly screen: DashboardScreen;
  private readonly theme;
  private readonly seen: MachineLook;
  private control: RunControl | undefined;
  private notice = { text: '', until: 0 };
  private ended: string | undefined;
  private touched = false;
  private left = false;
  private failure: unknown;
  /** A sample of molecules, or everything, is recorded. */
  private recording: 'nothing' | 'sample' | 'all' = 'nothing';
  /** Steps that were asked for; the first one is under way if `stepping`. */
  private steps: Step[] = [];
  private stepping = false;
  private lastFrame = -Infinity;
  /** A frame was not drawn, since the terminal was busy. */
  private missed = false;
  private frameMs = 0;

  constructor(private readonly parts: DashboardParts) {
    const { machine, config, host, openScreen } = parts;
    this.seen = new MachineLook(machine, config, () => host.wallClock());
    this.theme = themeOf(!host.environment.NO_COLOR);
    this.screen = openScreen({
      key: (key) => this.guarded(() => this.pressed(key)),
      resized: () => this.guarded(() => this.draw()),
      closed: () => this.closed(),
    });
    this.draw();
  }

  /** Keys come between slices, where nobody would catch what goes wrong: the run throws it later. */
  private guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.failure ??= error;
      this.left = true;
    }
  }

  private throwFailure(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  attach(control: RunControl): void {
    this.control = control;
  }

  async beforeSlice(): Promise<SliceWish | undefined> {
    while (!this.left) {
      if (!this.state.paused) return this.runOn();
      const wish = this.whilePaused();
      if (wish !== 'wait') return wish;
      await this.rest();
    }
    this.throwFailure();
    return undefined;
  }

  afterSlice(): void {
    if (this.state.paused) return;
    const begunAt = this.now;
    if (begunAt - this.lastFrame < this.intervalMs) return;
    const { watch } = this.seen;
    if (this.recording === 'nothing' && watch !== undefined) {
      // The next slice shows what the machine is at; then the frame is drawn.
      watch.sample(SAMPLED);
      this.recording = 'sample';
      return;
    }
    this.recording = 'nothing';
    this.lookAndDraw(false);
    this.frameMs = this.now - begunAt;
  }

  async over(sentence: string, linger: boolean): Promise<void> {
    this.seen.watch?.rest();
    this.ended = sentence;
    this.state = overState(this.state);
    this.lookAndDraw();
    const until = this.now + LINGER_MS;
    let seconds = -1;
    while (linger && !this.left && (this.touched || this.now < until)) {
      const remaining = Math.ceil((until - this.now) / 1000);
      if (!this.touched && remaining !== seconds) {
        seconds = remaining;
        this.note(`${sentence}; leaves in ${remaining} s, any key stays`, Infinity);
        this.draw();
      }
      await this.rest();
    }
    this.throwFailure();
  }

  leave(): void {
    this.left = true;
  }

  close(): void {
    this.left = true;
    this.seen.watch?.rest();
    this.screen.close();
  }

  private get now(): number {
    return this.parts.host.wallClock();
  }

  private get intervalMs(): number {
    return Math.max(1000 / RATES[this.state.rate], this.frameMs / MOST_DRAWING);
  }

  /** Nothing runs: lets keys come, and what was missed be seen. */
  private async rest(): Promise<void> {
    await this.parts.host.wait(POLL_MS);
    const { text, until } = this.notice;
    const outdated = text !== '' && this.now >= until;
    if (outdated) this.notice = { text: '', until: 0 };
    if (outdated || (this.missed && !this.screen.isBusy)) this.draw();
  }

  /** The machine goes on at its own pace. */
  private runOn(): undefined {
    if (this.recording === 'all') {
      this.seen.watch?.rest();
      this.recording = 'nothing';
    }
    this.steps = [];
    this.stepping = false;
    return undefined;
  }

  /** A slice that is to be run although the user has paused; or nothing is to be done. */
  private whilePaused(): SliceWish | undefined | 'wait' {
    const { watch, cursor } = this.seen;
    if (watch === undefined || cursor === undefined) return this.pausedWithoutHost();
    if (this.recording !== 'all') {
      // One slice more, and its end is what the user sees.
      watch.follow();
      this.recording = 'all';
      this.lastFrame = -Infinity;
      return undefined;
    }
    if (this.lastFrame === -Infinity) this.lookAndDraw();
    const [step] = this.steps;
    if (step === undefined) return 'wait';
    if (!this.stepping) cursor.begin(step);
    this.stepping = true;
    const instructions = cursor.advance();
    if (instructions > 0) return { sliceInstructions: instructions };
    this.stepping = false;
    this.steps.shift();
    if (cursor.wasGivenUp) this.note('nothing of the kind came; the guest may be asleep');
    this.seen.look(this.state, true);
    this.draw();
    return 'wait';
  }

  /** The golden interpreter alone: a step is an instruction. */
  private pausedWithoutHost(): SliceWish | 'wait' {
    if (this.lastFrame !== -Infinity && this.steps.shift() !== undefined) {
      this.lastFrame = -Infinity;
      return { sliceInstructions: 1 };
    }
    if (this.lastFrame === -Infinity) this.lookAndDraw();
    return 'wait';
  }

  /** The end of what was recorded is what the user sees. */
  private lookAndDraw(everything = true): void {
    this.seen.look(this.state, everything);
    this.seen.cursor?.toEnd();
    this.draw();
  }

  private draw(): void {
    const { screen, state, theme } = this;
    this.lastFrame = this.now;
    this.missed = screen.isBusy;
    if (this.missed) return;
    const notice = this.lastFrame < this.notice.until ? this.notice.text : '';
    const model = this.seen.model(notice, this.ended);
    const frame = drawFrame(model, state, theme, screen.width, screen.height);
    this.shown = frame.shown;
    screen.draw(frame.grid);
  }

  private pressed(key: Key): void {
    if (this.left) return;
    if (!this.touched && this.ended !== undefined) this.notice = { text: '', until: 0 };
    this.touched = true;
    const { state, effects } = pressed(this.state, key, this.shown);
    const { paused: wasPaused, rate } = this.state;
    this.state = state;
    if (state.rate !== rate) this.note(`refreshed ${RATES[state.rate]} times a second`);
    if (state.view === 'compare') this.seen.setMark(true);
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
        if (this.steps.length < MOST_STEPS) this.steps.push(effect.step);
        return;
      case 'type':
        this.control?.type(Buffer.from(effect.text, 'utf8'));
        return;
      case 'explain':
        this.seen.explain(effect);
        return;
      case 'mark':
        this.seen.setMark();
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
    this.notice = { text, until: this.now + ms };
  }
}
