/** The terminal as the dashboard uses it: a port, so that tests need none. */
import type { Grid } from './grid.js';
import type { Key } from './ui-state.js';

export interface ScreenEvents {
  key(key: Key): void;
  /** The size may have changed; what was drawn is gone. */
  resized(): void;
  /** The terminal has gone away. */
  closed(): void;
}

export interface DashboardScreen {
  readonly width: number;
  readonly height: number;
  /** The terminal has not taken in what was drawn last: a frame drawn now would only wait. */
  readonly isBusy: boolean;
  draw(grid: Grid): void;
  /** Forgets what the terminal shows, so that the next frame is drawn whole. */
  redraw(): void;
  /** Gives the terminal back to the shell until the process is continued. */
  suspend(): void;
  /** Gives it back for good. */
  close(): void;
}

export type OpenScreen = (events: ScreenEvents) => DashboardScreen;
