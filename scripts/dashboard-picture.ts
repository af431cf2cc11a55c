/**
 * `npm run picture`: boots the embedded guest with the dashboard, but draws into a picture instead of a
 * terminal, and writes the frame behind so many instructions to docs/dashboard.svg. What it shows is what the
 * run showed, the speed of this computer included.
 *
 *   npm run picture -- --instructions 60 --width 120 --height 40 --keys 7,j --out frame.svg
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Dashboard } from '../cli/dashboard/dashboard.js';
import type { DashboardScreen, OpenScreen } from '../cli/dashboard/dashboard-screen.js';
import type { Grid } from '../cli/dashboard/grid.js';
import { gridSvg } from '../cli/dashboard/grid-svg.js';
import { presetPath } from '../cli/presets.js';
import { RunSession } from '../cli/run-session.js';
import { resolveConfig } from '../sim/config/resolve.js';
import { createMachine } from '../sim/machine.js';

const { values } = parseArgs({
  options: {
    instructions: { type: 'string', default: '75' },
    width: { type: 'string', default: '120' },
    height: { type: 'string', default: '40' },
    keys: { type: 'string', default: '' },
    out: { type: 'string', default: 'docs/dashboard.svg' },
  },
});
const wanted = Number(values.instructions) * 1e6;

const { config } = resolveConfig({ file: presetPath('default') });
const machine = createMachine(config, { loadBoot: true });
let frames = 0;
let picture: Grid | undefined;

const openScreen: OpenScreen = ({ key }): DashboardScreen => {
  const press = (name: string): void => key({ name, sent: name });
  setImmediate(() => values.keys.split(',').filter(Boolean).forEach(press));
  return {
    width: Number(values.width),
    height: Number(values.height),
    isBusy: false,
    draw(grid) {
      // The first frame knows no machine yet; what follows the key shows that it was left.
      if (frames++ === 0 || machine.instructions < wanted || picture !== undefined) return;
      picture = grid;
      press('q');
    },
    redraw() {},
    suspend() {},
    close() {},
  };
};

const host = {
  stdin: { on() {}, off() {}, resume() {}, pause() {} },
  stdout: { write() {} },
  stderr: { write: (text: string | Uint8Array) => process.stderr.write(text) },
  environment: {},
  loadMachine: () => Promise.resolve(createMachine),
  wallClock: () => performance.now(),
  wait: (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds)),
  onSignal: () => () => {},
  onOutputClosed: () => () => {},
};
const saveSnapshot = (): never => {
  throw new Error('a picture writes no snapshots');
};
const watcher = new Dashboard({ machine, config, host, openScreen, saveSnapshot });
const session = { interactive: false, echo: false, watcher };
await new RunSession(machine, config, host, session).run();
if (picture === undefined) throw new Error('the guest ended before that');
writeFileSync(values.out, gridSvg(picture, 'The dashboard while the embedded guest runs'));
machine.close();
