/**
 * The guest's console as text: terminal escapes (ECMA-48 control sequences, OSC strings) and
 * control characters removed, UTF-8 decoded, and patterns watched for line by line.
 *
 * A pattern is tried against the line under way after each of its characters, so that a prompt
 * without a line end is seen and a run ends at the byte that completes the match.
 */
const escapeByte = 0x1b;
const bell = 0x07;

type EscapeState = 'text' | 'escape' | 'control' | 'string' | 'stringEscape' | 'charset';

/** Removes escapes byte by byte; what is left is printable text, line feeds and tabs. */
export class EscapeStripper {
  private state: EscapeState = 'text';

  /** Whether the next byte stands for itself. */
  get isBetweenEscapes(): boolean {
    return this.state === 'text';
  }

  /** Whether the byte belongs to the text. */
  accept(byte: number): boolean {
    switch (this.state) {
      case 'text':
        if (byte === escapeByte) this.state = 'escape';
        return (byte >= 0x20 && byte !== 0x7f) || byte === 0x0a || byte === 0x09;
      case 'escape':
        this.state = afterEscape(byte);
        return false;
      case 'control':
        if (byte >= 0x40 && byte <= 0x7e) this.state = 'text';
        return false;
      case 'charset':
        this.state = 'text';
        return false;
      case 'string':
        if (byte === bell) this.state = 'text';
        else if (byte === escapeByte) this.state = 'stringEscape';
        return false;
      case 'stringEscape':
        this.state = byte === 0x5c ? 'text' : 'string';
        return false;
      default:
        return this.state satisfies never;
    }
  }
}

function afterEscape(byte: number): EscapeState {
  if (byte === 0x5b) return 'control';
  // OSC, DCS, SOS, PM, APC: strings up to BEL or ESC \.
  if ([0x5d, 0x50, 0x58, 0x5e, 0x5f].includes(byte)) return 'string';
  if (byte >= 0x20 && byte <= 0x2f) return 'charset';
  return 'text';
}

const longestLine = 1000;

/** Collects the text and reports each match of a watched pattern. */
export class ConsoleText {
  private readonly stripper = new EscapeStripper();
  private readonly decoder = new TextDecoder('utf-8');
  private readonly pieces: string[] = [];
  private line = '';
  private readonly watches: { pattern: RegExp; found: (line: string) => void }[] = [];

  /** Called with each piece of clean text. */
  onText: (text: string) => void = () => {};

  push(byte: number): void {
    if (!this.stripper.accept(byte)) return;
    const text = this.decoder.decode(Uint8Array.of(byte), { stream: true });
    if (text === '') return;
    this.pieces.push(text);
    this.onText(text);
    // A broken UTF-8 sequence may come out together with what follows it.
    for (const character of text) this.pushCharacter(character);
  }

  private pushCharacter(character: string): void {
    if (character === '\n') {
      this.line = '';
      return;
    }
    this.line = (this.line + character).slice(-longestLine);
    // A watch may remove itself or add another when it is found.
    for (const watch of [...this.watches]) {
      if (watch.pattern.test(this.line)) watch.found(this.line);
    }
  }

  /** Calls `found` whenever the line under way matches; the returned function ends the watch. */
  watch(pattern: RegExp, found: (line: string) => void): () => void {
    const watch = { pattern, found };
    this.watches.push(watch);
    return () => {
      const index = this.watches.indexOf(watch);
      if (index >= 0) this.watches.splice(index, 1);
    };
  }

  text(): string {
    const whole = this.pieces.join('');
    this.pieces.length = 0;
    this.pieces.push(whole);
    return whole;
  }
}
