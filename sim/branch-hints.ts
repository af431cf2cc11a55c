/**
 * Hints where branches of compiled code go (docs/adr/0021): V8 has to be asked to take notice of them.
 * Without them it keeps what is seldom called in the midst of hot code, with registers saved around it. Results
 * are the same.
 */
import { setFlagsFromString } from 'node:v8';

const OPTION = '--experimental-wasm-branch-hinting';
/** Versions of V8 (Node 20 and 22) whose option this is; others would complain of it. */
const WITH_OPTION = /^1[12]\./;

let isAsked = false;

/** Before the first module is compiled. */
export function askForBranchHints(): void {
  if (!isAsked && WITH_OPTION.test(process.versions.v8)) setFlagsFromString(OPTION);
  isAsked = true;
}
