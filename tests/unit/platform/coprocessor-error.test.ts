/** FERR# through interrupt 13 and port 0xf0 on the whole machine: an x87 error with CR0.NE clear. */
import { describe, expect, it } from 'vitest';
import { CoprocessorError } from '../../../hw/platform/coprocessor-error.js';
import type { DeviceHost, PortHandlers } from '../../../hw/platform/device.js';

function plug(): { device: CoprocessorError; level: () => boolean; write: (port: number) => void } {
  let level = false;
  let handlers: PortHandlers = {};
  const host = {
    irq: (line: number) => {
      expect(line).toBe(13);
      return (asserted: boolean) => {
        level = asserted;
      };
    },
    spaces: {
      ports: (_first: number, _count: number, given: PortHandlers) => {
        handlers = given;
        return () => {};
      },
    },
  } as unknown as DeviceHost;
  const device = new CoprocessorError(host);
  return { device, level: () => level, write: (port) => handlers.write?.(port, 0, 1) };
}

describe('coprocessor error', () => {
  it('asserts interrupt 13 until port 0xf0 is written, and IGNNE# from then until FERR# goes', () => {
    const { device, level, write } = plug();
    device.signal(true);
    expect([level(), device.ignored]).toEqual([true, false]);
    write(0xf0);
    expect([level(), device.ignored]).toEqual([false, true]);
    device.signal(true);
    expect(level()).toBe(false);
    device.signal(false);
    expect(device.ignored).toBe(false);
    device.signal(true);
    expect(level()).toBe(true);
  });

  it('does not ignore later errors when port 0xf0 is written without one', () => {
    const { device, level, write } = plug();
    write(0xf0);
    expect(device.ignored).toBe(false);
    write(0xf1);
    device.signal(true);
    expect(level()).toBe(true);
  });

  it('keeps its state over a snapshot', () => {
    const one = plug();
    one.device.signal(true);
    one.write(0xf0);
    const two = plug();
    two.device.restore(one.device.save());
    expect([two.level(), two.device.ignored]).toEqual([false, true]);
  });
});
