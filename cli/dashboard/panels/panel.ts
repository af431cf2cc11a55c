/** What a panel is: a title, a word at the right end of its title row, and how it fills its area. */
import type { Area } from '../grid.js';
import type { Model } from '../model.js';
import type { Theme } from '../theme.js';
import type { UiState } from '../ui-state.js';

export interface Context {
  readonly model: Model;
  readonly state: UiState;
  readonly theme: Theme;
}

/** Rows that there are to scroll through, and those to be seen. */
export interface Extent {
  readonly rows: number;
  readonly visible: number;
  /** It is not the window that moves, but a cursor in it. */
  readonly hasCursor?: boolean;
}

export interface Panel {
  readonly title: string;
  /** Empty: nothing; else it ends where the title row does. */
  head(context: Context, width: number): string;
  draw(area: Area, context: Context): Extent;
}

export const still = (area: Area): Extent => ({ rows: 0, visible: area.height });

/** Panels of what only a machine with code morphing has. */
export function withoutHost(area: Area, { theme }: Context): Extent {
  area.text(0, 0, 'no code morphing here:', theme.faint);
  area.text(0, 1, 'the interpreter runs alone', theme.faint);
  return still(area);
}
