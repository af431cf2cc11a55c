/**
 * The live comparison: while a runner runs the variants in processes of their own it listens, draws a few
 * times a second, and does what keys ask for. The terminal is taken when the first run begins, and given
 * back as soon as nobody looks any more; no run waits for it.
 */
import type { CliHost } from '../../cli-host.js';
import type { RunEvent } from '../../run-events.js';
import type { PointJob, PointListener, PointResult } from '../../sweep-runner.js';
import type { DashboardScreen, OpenScreen } from '../dashboard-screen.js';
import { themeOf } from '../theme.js';
import { type Key, RATES } from '../ui-state.js';
import { drawCompareFrame } from './compare-frame.js';
import type { CompareLook } from './compare-look.js';
import {
  type CompareEffect,
  type CompareShown,
  pressedInComparison,
  START_COMPARE,
  THRESHOLDS,
} from './compare-state.js';

export interface LiveCompareParts {
  readonly look: CompareLook;
  readonly host: Pick<CliHost, 'environment' | 'wallClock' | 'wait'>;
  readonly openScreen: OpenScreen;
  /** Called once: the runs are to be stopped. */
  readonly stop: (why: 'q' | 'ctrl-c' | 'closed') => void;
}

const NOTICE_MS = 3000;
const POLL_MS = 20;
/** Drawing takes at most about this part of the time. */
const MOST_DRAWING = 0.1;

export class LiveCompare implements PointListener {
  private state = START_COMPARE;
  private shown: CompareShown = { variants: 1, rows: [], page: 0, last: 0 };
  private readonly theme;
  private screen: DashboardScreen | undefined;
  private notice = { text: '', until: 0 };
  private touched = false;
  private over = false;
  /** Nobody looks any more. */
  private left = false;
  private failure: { readonly error: unknown } | undefined;
  private lastFrame = Number.NEGATIVE_INFINITY;
  private frameMs = 0;
  /** A frame was not drawn, since the terminal was busy. */
  private missed = false;

  constructor(private readonly parts: LiveCompareParts) {
    this.theme = themeOf(!parts.host.environment.NO_COLOR);
  }

  started(job: PointJob): void {
    this.parts.look.started(job);
    this.open();
  }

  event(job: PointJob, event: RunEvent): void {
    this.parts.look.event(job, event);
  }

  ended(result: PointResult): void {
    this.parts.look.ended(result);
  }

  /** Shows the runs until they are over, or its user has seen enough; resolves when they are over. */
  async during<T>(runs: Promise<T>): Promise<T> {
    const isOver = (): void => {
      this.over = true;
    };
    runs.then(isOver, isOver);
    try {
      while (!this.over && !this.left) await this.rest();
      if (this.touched) await this.linger();
    } finally {
      this.close();
    }
    const result = await runs;
    if (this.failure !== undefined) throw this.failure.error;
    return result;
  }

  /**
   * A signal has come. The terminal is given back behind its handlers: blessed's own, called last, would end
   * the process if there were no screen any more.
   */
  signalled(): void {
    this.left = true;
  }

  private close(): void {
    this.left = true;
    this.screen?.close();
  }

  private open(): void {
    if (this.screen !== undefined || this.left) return;
    this.screen = this.parts.openScreen({
      key: (key) => this.guarded(() => this.pressed(key)),
      resized: () => this.guarded(() => this.draw()),
      closed: () => this.leave('closed'),
    });
    this.guarded(() => this.draw());
  }

  /** Somebody has touched the keys: it stays until they leave. */
  private async linger(): Promise<void> {
    if (this.left) return;
    this.note('all runs have ended; q leaves, and prints the tables', Number.POSITIVE_INFINITY);
    this.guarded(() => this.draw());
    while (!this.left) await this.rest();
  }

  private async rest(): Promise<void> {
    await this.parts.host.wait(POLL_MS);
    if (this.notice.text !== '' && this.now >= this.notice.until) this.note('', 0);
    const interval = Math.max(1000 / RATES[this.state.rate], this.frameMs / MOST_DRAWING);
    const isDue = this.now - this.lastFrame >= interval;
    if (isDue || (this.missed && this.screen?.isBusy === false)) this.guarded(() => this.draw());
  }

  /** What goes wrong while drawing ends the runs, and is thrown when they are over. */
  private guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.failure ??= { error };
      this.leave('closed');
    }
  }

  private get now(): number {
    return this.parts.host.wallClock();
  }

  private draw(): void {
    const { screen, state, theme, notice } = this;
    if (screen === undefined || this.left) return;
    this.lastFrame = this.now;
    this.missed = screen.isBusy;
    if (this.missed) return;
    const model = this.parts.look.model(notice.text, this.over);
    const frame = drawCompareFrame(model, state, theme, screen.width, screen.height);
    this.shown = frame.shown;
    screen.draw(frame.grid);
    this.frameMs = this.now - this.lastFrame;
  }

  private pressed(key: Key): void {
    if (this.left) return;
    this.touched = true;
    const { rate, threshold } = this.state;
    const { state, effects } = pressedInComparison(this.state, key, this.shown);
    this.state = state;
    if (state.rate !== rate) this.note(`refreshed ${RATES[state.rate]} times a second`);
    if (state.threshold !== threshold)
      this.note(`a difference is one above ${THRESHOLDS[state.threshold]} %`);
    for (const effect of effects) this.carryOut(effect);
    this.draw();
  }

  private carryOut(effect: CompareEffect): void {
    switch (effect.kind) {
      case 'quit':
        this.leave(effect.key);
        return;
      case 'redraw':
        this.screen?.redraw();
        return;
      case 'suspend':
        this.screen?.suspend();
        return;
      default:
        effect satisfies never;
    }
  }

  /** Behind the end there is nothing to stop. */
  private leave(why: 'q' | 'ctrl-c' | 'closed'): void {
    if (this.left) return;
    this.close();
    if (!this.over) this.parts.stop(why);
  }

  private note(text: string, ms = NOTICE_MS): void {
    this.notice = { text, until: this.now + ms };
  }
}
