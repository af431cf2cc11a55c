/** How fast the guest runs on the simulated machine, and how fast the machine is simulated. */
import { digits, duration } from '../numbers.js';
import type { Context, Panel } from './panel.js';

/** Columns in which numbers end, from the right. */
const TOTAL_FROM_RIGHT = 0;
const NOW_FROM_RIGHT = 9;

interface Rate {
  readonly name: string;
  readonly now: number;
  readonly total: number;
}

export const ratesPanel: Panel = {
  title: 'rates',
  head: () => `now${'total'.padStart(NOW_FROM_RIGHT)}`,
  draw: (area, context) => {
    const rows = [...rates(context)];
    rows.slice(0, area.height).forEach(({ name, now, total }, y) => {
      area.text(0, y, name);
      area.textBefore(area.width - NOW_FROM_RIGHT, y, digits(now), context.theme.strong);
      area.textBefore(area.width - TOTAL_FROM_RIGHT, y, digits(total));
    });
    const left = secondsLeft(context);
    if (left !== undefined && rows.length < area.height) {
      area.text(0, rows.length, 'to the limit, at most');
      area.textBefore(area.width, rows.length, duration(left));
    }
    return { rows: rows.length, visible: area.height };
  },
};

function rates({ model }: Context): Rate[] {
  const { samples, clockMHz } = model;
  const per = (what: number, time: number): number => (time > 0 ? what / time : NaN);
  const of = (name: string): [now: number, total: number] => [
    samples.recent(name),
    samples.total(name) - samples.first.values.get(name),
  ];
  const [instructions, allInstructions] = of('guest.instructions');
  const [cycles, allCycles] = of('host.cycles');
  const [idle, allIdle] = of('host.idleCycles');
  const { recentSeconds, totalSeconds } = samples;
  const simulated = (n: number): number => n / (clockMHz * 1e6);
  return [
    {
      name: 'IPC (busy)',
      now: per(instructions, cycles - idle),
      total: per(allInstructions, allCycles - allIdle),
    },
    {
      name: 'guest MIPS',
      now: per(instructions, cycles) * clockMHz,
      total: per(allInstructions, allCycles) * clockMHz,
    },
    {
      name: 'simulated MIPS',
      now: per(instructions / 1e6, recentSeconds),
      total: per(allInstructions / 1e6, totalSeconds),
    },
    {
      name: '% of real time',
      now: 100 * per(simulated(cycles), recentSeconds),
      total: 100 * per(simulated(allCycles), totalSeconds),
    },
    { name: '% idle', now: 100 * per(idle, cycles), total: 100 * per(allIdle, allCycles) },
  ];
}

/** At the speed of now, to the limit of instructions; undefined: there is none, or nothing moves. */
export function secondsLeft({ model }: Pick<Context, 'model'>): number | undefined {
  const { samples, limit } = model;
  if (limit === undefined || model.ended !== undefined) return undefined;
  const speed = samples.recent('guest.instructions') / samples.recentSeconds;
  if (!(speed > 0)) return undefined;
  return (limit - samples.total('guest.instructions')) / speed;
}
