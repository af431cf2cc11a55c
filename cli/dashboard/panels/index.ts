/** All panels by name. A new one stands here, in PANELS (ui-state.ts) and in the layout. */
import type { PanelName } from '../ui-state.js';
import { cachesPanel } from './caches-panel.js';
import { consolePanel } from './console-panel.js';
import { cpiPanel } from './cpi-panel.js';
import { eventsPanel } from './events-panel.js';
import { gearsPanel } from './gears-panel.js';
import { hottestPanel } from './hottest-panel.js';
import type { Panel } from './panel.js';
import { pipelinePanel } from './pipeline-panel.js';
import { ratesPanel } from './rates-panel.js';
import { tcachePanel } from './tcache-panel.js';

export const panels: Readonly<Record<PanelName, Panel>> = {
  console: consolePanel,
  pipeline: pipelinePanel,
  cpi: cpiPanel,
  rates: ratesPanel,
  gears: gearsPanel,
  tcache: tcachePanel,
  hottest: hottestPanel,
  events: eventsPanel,
  caches: cachesPanel,
};
