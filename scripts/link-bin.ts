/**
 * Makes `npx chrysalis` work inside a checkout: npm links the programs of dependencies into
 * node_modules/.bin, but not those of the package itself. Runs after each build by `npm install`.
 */
import { chmodSync, existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../cli/package-info.js';

const root = packageRoot();
const program = join('..', '..', 'dist', 'cli', 'main.js');
const folder = join(root, 'node_modules', '.bin');

chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755);
// Installed as a dependency of something else, there is no such folder and npm links the program.
if (existsSync(folder)) {
  const link = join(folder, 'chrysalis');
  rmSync(link, { force: true });
  if (process.platform === 'win32')
    writeFileSync(`${link}.cmd`, `@node "%~dp0\\${program}" %*\r\n`);
  else symlinkSync(program, link);
}
