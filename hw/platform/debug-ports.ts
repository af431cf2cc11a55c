/**
 * Ports for talking to whoever watches the machine: text consoles at 0xe9 and 0x402 (the latter is
 * where SeaBIOS prints its log; both read 0xe9, by which guests recognize them), a configurable exit
 * port that ends the run, and the POST code at 0x80.
 *
 * The exit status is (value << 1) | 1, as of QEMU's isa-debug-exit, so that existing test kernels
 * work: a guest cannot report plain success by accident.
 */
import type { ByteSink, Device, DeviceHost, DeviceState } from './device.js';

export interface DebugPortsOptions {
  readonly sink: ByteSink;
  /** Ports of the text console. */
  readonly consolePorts?: readonly number[];
  /** First of the four exit ports, or undefined for none. */
  readonly exitPort?: number | undefined;
}

/** What reading a console port gives. */
const CONSOLE_ID = 0xe9;

export class DebugPorts implements Device {
  readonly name = 'debug-ports';
  /** The last POST code, which tells how far a firmware came. */
  postCode = 0;

  constructor(host: DeviceHost, options: DebugPortsOptions) {
    const { spaces } = host;
    for (const port of options.consolePorts ?? [0xe9, 0x402]) {
      spaces.ports(
        port,
        1,
        { read: () => CONSOLE_ID, write: (_, value) => options.sink(value) },
        'debug-console',
      );
    }
    const exitPort = 'exitPort' in options ? options.exitPort : 0xf4;
    if (exitPort !== undefined) {
      const exit = (value: number) => host.system.powerOff('exit port', ((value << 1) | 1) & 0xff);
      const write = (_: number, value: number) => exit(value);
      spaces.ports(exitPort, 4, { read: () => 0, write, maxWidth: 4 }, 'exit-port');
    }
    spaces.ports(
      0x80,
      1,
      {
        read: () => this.postCode,
        write: (_, value) => {
          this.postCode = value;
        },
      },
      'post-code',
    );
  }

  reset(): void {
    this.postCode = 0;
  }

  save(): DeviceState {
    return { postCode: this.postCode };
  }

  restore(state: DeviceState): void {
    this.postCode = state.postCode as number;
  }
}
