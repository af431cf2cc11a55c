/**
 * A PS/2 keyboard with scan code set 2. Key strokes typed from outside wait in an unbounded queue
 * until the host takes them, also while scanning is disabled.
 *
 * Source: IBM PS/2 keyboard technical reference, commands.
 * Left out: typematic repeat (rate and delay are accepted), scan code sets 1 and 3 (refused with
 * RESEND), per-key typing modes (accepted). The self-test answers at once. ASSUMED: no guest needs
 * its half second.
 */
import { ACK, Ps2Device, RESEND, SELF_TEST_PASSED } from './ps2-device.js';
import { type KeyName, scanCodes, strokesFor } from './scan-codes.js';

const SET_LEDS = 0xed;
const ECHO = 0xee;
const SCAN_CODE_SET = 0xf0;
const IDENTIFY = 0xf2;
const TYPEMATIC = 0xf3;
const ENABLE = 0xf4;
const DEFAULTS_DISABLE = 0xf5;
const DEFAULTS = 0xf6;
const RESET = 0xff;
/** The only set offered. */
const SET = 2;

export class Ps2Keyboard extends Ps2Device {
  protected readonly settings = { scanning: true, leds: 0, typematic: 0x2b };

  /** Scroll, num and caps lock as bits 0-2. */
  get leds(): number {
    return this.settings.leds;
  }

  /** Types text on a US layout; false if some character is not on it (the others are typed). */
  type(text: string): boolean {
    let complete = true;
    for (const character of text) {
      const strokes = strokesFor(character);
      if (strokes) this.events.push(...strokes);
      else complete = false;
    }
    return complete;
  }

  key(key: KeyName, pressed: boolean): void {
    this.events.push(...scanCodes(key, pressed));
  }

  sendScanCodes(set2: Iterable<number>): void {
    for (const byte of set2) this.events.push(byte & 0xff);
  }

  protected get mayReport(): boolean {
    return this.settings.scanning;
  }

  protected setDefaults(): void {
    Object.assign(this.settings, { scanning: true, leds: 0, typematic: 0x2b });
  }

  protected isArgument(_command: number, byte: number): boolean {
    return byte < SET_LEDS;
  }

  protected takeCommand(byte: number): boolean {
    if (byte === ECHO) this.answer(ECHO);
    else if (byte < SET_LEDS || byte === 0xef || byte === 0xf1) this.answer(RESEND);
    else this.answer(ACK);
    if (byte === IDENTIFY) this.answer(0xab, 0x83);
    if (byte === ENABLE) this.settings.scanning = true;
    if (byte === DEFAULTS || byte === DEFAULTS_DISABLE || byte === RESET) this.setDefaults();
    if (byte === DEFAULTS_DISABLE) this.settings.scanning = false;
    if (byte === RESET) this.answer(SELF_TEST_PASSED);
    const perKey = byte >= 0xfb && byte <= 0xfd;
    return byte === SET_LEDS || byte === SCAN_CODE_SET || byte === TYPEMATIC || perKey;
  }

  protected takeArgument(command: number, byte: number): void {
    if (command === SCAN_CODE_SET && byte !== 0 && byte !== SET) {
      this.answer(RESEND);
      return;
    }
    this.answer(ACK);
    if (command === SET_LEDS) this.settings.leds = byte & 7;
    if (command === TYPEMATIC) this.settings.typematic = byte & 0x7f;
    if (command === SCAN_CODE_SET && byte === 0) this.answer(SET);
  }
}
