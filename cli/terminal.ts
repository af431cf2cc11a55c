/**
 * The interactive console: keys go to the guest unchanged (ctrl-c too), ctrl-] leaves. The
 * terminal is put back whatever ends the process.
 */
const leaveKey = 0x1d;

export interface TerminalInput {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  on(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  off(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  resume(): unknown;
  pause(): unknown;
  unref?(): unknown;
}

/** Takes the terminal; the returned function gives it back (again and again without harm). */
export function takeTerminal(
  input: TerminalInput,
  typed: (bytes: Uint8Array) => void,
  leave: () => void,
): () => void {
  const listener = (bytes: Uint8Array): void => {
    const end = bytes.indexOf(leaveKey);
    if (end > 0) typed(bytes.subarray(0, end));
    else if (end < 0) typed(bytes);
    if (end >= 0) leave();
  };
  const giveBack = (): void => {
    input.off('data', listener);
    input.setRawMode?.(false);
    input.pause();
    process.off('exit', giveBack);
  };
  process.on('exit', giveBack);
  input.setRawMode?.(true);
  input.on('data', listener);
  input.resume();
  return giveBack;
}
