/** docs/assumptions.md: every `ASSUMED:` of the source, with its place. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folders = ['base', 'guest-isa', 'hw', 'cms', 'sim', 'cli'];
const mark = 'ASSUMED:';

export interface Assumption {
  readonly file: string;
  readonly text: string;
}

/** A comment's text from the mark up to its first full stop, blank line or end. */
export function assumptionsIn(file: string, source: string): Assumption[] {
  const lines = source.split('\n');
  const found: Assumption[] = [];
  lines.forEach((line, i) => {
    const at = line.indexOf(mark);
    if (at < 0 || !/(\/\/|\*)/.test(line.slice(0, at))) return;
    let text = line.slice(at + mark.length).trim();
    for (let next = i + 1; next < lines.length && !/[.;:]$|\*\/$/.test(text); next++) {
      const more = /^\s*(?:\/\/|\*(?!\/))\s?(.*)$/.exec(lines[next] as string)?.[1]?.trim();
      if (!more || more.includes(mark)) break;
      text += ` ${more}`;
    }
    found.push({ file, text: text.replace(/\s*\*\/$/, '') });
  });
  return found;
}

export function sourceFiles(root: string): string[] {
  const files: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) visit(path);
      else if (entry.name.endsWith('.ts')) files.push(path);
    }
  };
  for (const folder of readdirSync(root)) if (folders.includes(folder)) visit(folder);
  return files.sort();
}

export function assumptionsPage(root: string): string {
  const all = sourceFiles(root).flatMap((file) =>
    assumptionsIn(file, readFileSync(join(root, file), 'utf8')),
  );
  const intro =
    '# Assumptions\n\nGathered from the `ASSUMED:` comments of the source by `npm run docs`; do not edit by hand.\n';
  const rows = all.map(({ file, text }) => `- \`${file}\`: ${text}`);
  return `${intro}\n${rows.length > 0 ? rows.join('\n') : 'None.'}\n`;
}
