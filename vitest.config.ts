import { defineConfig } from 'vitest/config';
import { compiledModules, nativeModules } from './tests/native/plugin.js';

export default defineConfig({
  plugins: [nativeModules()],
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/native/plugin.ts'],
    server: { deps: { external: [compiledModules] } },
    pool: 'forks',
    maxWorkers: 2,
    // Beyond every test on a quiet machine by far, so that a busy one fails none.
    testTimeout: 180_000,
  },
});
