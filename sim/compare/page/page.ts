/** The page around figures and tables: one file, no scripts, light and dark, made to be printed as well. */
import { colourVariables } from './palette.js';
import { element, escaped, textElement } from './svg.js';

const LIGHT =
  '--page:#fcfcfa;--ink:#1d2129;--soft:#5b6472;--rule:#d9dce1;--grid:#e8eaee;--panel:#fff;--accent:#1f5f99;';
const DARK =
  '--page:#14171c;--ink:#e4e7ec;--soft:#98a2b1;--rule:#333a45;--grid:#262c35;--panel:#1a1e25;--accent:#6cb4ee;';

const STYLE = `
:root{color-scheme:light dark;${LIGHT}${colourVariables(false)}}
@media (prefers-color-scheme:dark){:root{${DARK}${colourVariables(true)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
main{max-width:952px;margin:0 auto;padding:44px 36px 80px}
h1{font-size:27px;line-height:1.25;margin:0 0 6px;letter-spacing:-.01em}
h2{font-size:17px;margin:0 0 2px}
.lead{color:var(--soft);margin:0 0 26px}
section,figure{margin:44px 0 0}
figure{padding:0}
.caption{color:var(--soft);margin:0 0 10px;max-width:68ch}
.drawing,.scroll{overflow-x:auto}
svg{display:block;max-width:100%;height:auto;font-family:inherit}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:14px;width:100%}
th{font-weight:600;color:var(--soft);text-align:right;border-bottom:1px solid var(--rule);padding:5px 12px 5px 0;white-space:nowrap}
td{text-align:right;border-bottom:1px solid var(--grid);padding:5px 12px 5px 0;white-space:nowrap}
th:first-child,td:first-child{text-align:left;white-space:normal;min-width:9em}
.prose td:first-child{min-width:20em}
.prose td:last-child,.prose th:last-child{text-align:left;white-space:normal;min-width:10em}
.keys th,.keys td{text-align:left;vertical-align:top}
.keys td:nth-child(n+3){white-space:normal;overflow-wrap:anywhere;min-width:9em}
ul.notes{margin:8px 0 0;padding-left:20px;max-width:80ch}
ul.notes li{margin:5px 0}
ul.legend{list-style:none;display:flex;flex-wrap:wrap;gap:3px 18px;margin:0 0 12px;padding:0;font-size:13px;color:var(--soft)}
.swatch{display:inline-block;width:11px;height:11px;border-radius:2px;margin-right:6px;vertical-align:-1px}
code{font:13px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
details{margin-top:44px;color:var(--soft);font-size:14px}
summary{cursor:pointer}
text{fill:var(--ink)}
.ticks{font-size:12px;fill:var(--soft)}
text.cell{fill:var(--ink)}
.label{font-size:12.5px;fill:var(--soft)}
.name{font-size:12.5px}
.halo{paint-order:stroke;stroke:var(--page);stroke-width:4px;stroke-linejoin:round}
.grid{stroke:var(--grid)}.zero,.axis{stroke:var(--soft)}.tick{stroke:var(--rule)}
.line{fill:none;stroke-width:2;stroke-linejoin:round}
.leader{fill:none;stroke:var(--rule)}
.cut{stroke:var(--page);stroke-width:2.5}
.frame{fill:none;stroke:var(--rule)}
.front{fill:none;stroke:var(--accent);stroke-width:1.5;stroke-dasharray:4 4}
.best{fill:var(--accent);stroke:var(--page)}
.beaten{fill:var(--page);stroke:var(--soft);stroke-width:1.5}
.good{color:var(--gear-superblock)}.bad{color:var(--slot-rollback)}
@media print{main{max-width:none;padding:0}figure,section{break-inside:avoid}}
@media (max-width:600px){main{padding:24px 16px 60px}}
`;

export interface Page {
  readonly title: string;
  readonly lead: string;
  readonly body: readonly string[];
}

export function page({ title, lead, body }: Page): string {
  return [
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title)}</title><style>${STYLE}</style></head><body>`,
    element(
      'main',
      {},
      textElement('h1', {}, title),
      textElement('p', { class: 'lead' }, lead),
      ...body,
    ),
    '</body></html>\n',
  ].join('\n');
}

export function section(title: string, ...content: string[]): string {
  return element('section', {}, textElement('h2', {}, title), ...content);
}

/** Cells are markup. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (name: string, row: readonly string[]): string =>
    element('tr', {}, ...row.map((cell) => element(name, {}, cell)));
  const body = element('tbody', {}, ...rows.map((row) => cells('td', row)));
  const table = element('table', {}, element('thead', {}, cells('th', head)), body);
  return element('div', { class: 'scroll' }, table);
}

export function noteList(notes: readonly string[]): string {
  return element('ul', { class: 'notes' }, ...notes.map((note) => textElement('li', {}, note)));
}

export function folded(title: string, ...content: string[]): string {
  return element('details', {}, textElement('summary', {}, title), ...content);
}
