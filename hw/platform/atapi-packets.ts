/**
 * The answers of an ATAPI CD-ROM drive that are pure data: inquiry, table of contents, mode pages,
 * configuration features, disc information, events.
 * Source: MMC-3 (T10/1363-D) and SPC-2 (T10/1236-D). The disc is one data track in one session.
 */

export const Sense = {
  none: 0,
  notReady: 2,
  mediumError: 3,
  illegalRequest: 5,
  unitAttention: 6,
} as const;

/** Sense key, additional code and qualifier. */
export type SenseCode = readonly [key: number, asc: number, ascq: number];
export const senseCodes = {
  none: [Sense.none, 0, 0],
  noMedium: [Sense.notReady, 0x3a, 0],
  invalidCommand: [Sense.illegalRequest, 0x20, 0],
  invalidField: [Sense.illegalRequest, 0x24, 0],
  outOfRange: [Sense.illegalRequest, 0x21, 0],
  removalPrevented: [Sense.illegalRequest, 0x53, 0x02],
  mediumChanged: [Sense.unitAttention, 0x28, 0],
  powerOn: [Sense.unitAttention, 0x29, 0],
} as const satisfies Record<string, SenseCode>;

export function be16(bytes: ArrayLike<number>, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

export function be32(bytes: ArrayLike<number>, at: number): number {
  return be16(bytes, at) * 0x1_0000 + be16(bytes, at + 2);
}

export function bytes16(value: number): number[] {
  return [(value >>> 8) & 0xff, value & 0xff];
}

export function bytes32(value: number): number[] {
  return [...bytes16(value >>> 16), ...bytes16(value & 0xffff)];
}

/** Minute, second, frame of a block: 75 frames a second, counted from the two-second pregap. */
function msf(lba: number): number[] {
  const frames = lba + 150;
  return [0, Math.floor(frames / 4500) & 0xff, Math.floor(frames / 75) % 60, frames % 75];
}

function text(value: string, length: number): number[] {
  return Array.from(value.padEnd(length).slice(0, length), (c) => c.charCodeAt(0));
}

export function inquiry(model: string, firmware: string): number[] {
  const head = [0x05, 0x80, 0x00, 0x21, 31, 0, 0, 0]; // CD-ROM, removable, ATAPI format
  return [...head, ...text('CHRYSALS', 8), ...text(model, 16), ...text(firmware, 4)];
}

export function requestSense(code: SenseCode): number[] {
  const [key, asc, ascq] = code;
  return [0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, asc, ascq, 0, 0, 0, 0];
}

/** READ TOC; undefined: a format or track that is not there. */
export function readToc(
  format: number,
  useMsf: boolean,
  track: number,
  blocks: number,
): number[] | undefined {
  const address = (lba: number) => (useMsf ? msf(lba) : bytes32(lba));
  const first = [0, 0x14, 1, 0, ...address(0)];
  if (format === 0) {
    if (track > 1 && track !== 0xaa) return undefined;
    const leadOut = [0, 0x16, 0xaa, 0, ...address(blocks)];
    const body = track === 0xaa ? leadOut : [...first, ...leadOut];
    return [...bytes16(body.length + 2), 1, 1, ...body];
  }
  if (format === 1) return [...bytes16(first.length + 2), 1, 1, ...first];
  if (format !== 2) return undefined;
  // Raw TOC: first track, last track, lead-out, then the track itself; addresses always in MSF.
  const row = (point: number, at: number[]) => [1, 0x14, 0, point, 0, 0, 0, ...at];
  const rows = [
    row(0xa0, [0, 1, 0, 0]),
    row(0xa1, [0, 1, 0, 0]),
    row(0xa2, msf(blocks)),
    row(1, msf(0)),
  ];
  return [...bytes16(rows.length * 11 + 2), 1, 1, ...rows.flat()];
}

const pages: ReadonlyMap<number, readonly number[]> = new Map([
  [0x01, [0x01, 0x06, 0, 5, 0, 0, 0, 0]], // read error recovery: five retries
  [0x0e, [0x0e, 0x0e, 4, 0, 0, 0, 0, 75, 1, 0xff, 2, 0xff, 0, 0, 0, 0]], // audio control
  // Capabilities: reads Mode 2, locks, ejects, tray; 4234 kB/s (24x), no volume levels, no buffer claim.
  [
    0x2a,
    [
      0x2a,
      0x12,
      0,
      0,
      0x70,
      0,
      0x29,
      0,
      ...bytes16(4234),
      0,
      0,
      0,
      128,
      ...bytes16(4234),
      0,
      0,
      0,
      0,
    ],
  ],
]);

/** MODE SENSE; `long` is the 10-byte command with its 8-byte header. Undefined: no such page. */
export function modeSense(
  page: number,
  control: number,
  long: boolean,
  medium: boolean,
): number[] | undefined {
  const wanted = page === 0x3f ? [...pages.values()] : [pages.get(page)];
  if (wanted.some((p) => !p)) return undefined;
  // Nothing can be changed: the mask of changeable bits is all zero.
  const body = wanted.flatMap((p) => {
    const bytes = p as readonly number[];
    return control === 1 ? bytes.map((b, i) => (i < 2 ? b : 0)) : [...bytes];
  });
  const type = medium ? 0x01 : 0x70;
  if (long) return [...bytes16(body.length + 6), type, 0, 0, 0, 0, 0, ...body];
  return [body.length + 3, type, 0, 0, ...body];
}

const PROFILE_CDROM = 0x0008;

/** GET CONFIGURATION: features from a number on; type 1 only the current, 2 only the named one. */
export function getConfiguration(type: number, start: number, medium: boolean): number[] {
  const on = medium ? 1 : 0;
  const features: readonly (readonly [number, readonly number[]])[] = [
    [0x0000, [0x03, 4, ...bytes16(PROFILE_CDROM), on, 0]], // profile list
    [0x0001, [0x03, 4, 0, 0, 0, 2]], // core: ATAPI
    [0x0003, [0x03, 4, 0x29, 0, 0, 0]], // removable medium: tray, eject, lock
    [0x0010, [on, 8, ...bytes32(2048), 0, 1, 0, 0]], // random readable
    [0x001e, [on, 4, 0, 0, 0, 0]], // CD read
    [0x0100, [0x03, 0]], // power management
  ];
  const chosen = features.filter(
    ([code, [flags]]) =>
      (type === 2 ? code === start : code >= start) && (type !== 1 || (flags & 1) !== 0),
  );
  const body = chosen.flatMap(([code, rest]) => [...bytes16(code), ...rest]);
  const profile = medium ? PROFILE_CDROM : 0;
  return [...bytes32(body.length + 4), 0, 0, ...bytes16(profile), ...body];
}

/** READ DISC INFORMATION: a finalized disc with one session and one track. */
export function discInformation(): number[] {
  const bytes = new Array<number>(34).fill(0);
  bytes[1] = 32;
  bytes[2] = 0x0e; // last session complete, disc finalized
  bytes[3] = bytes[4] = bytes[5] = bytes[6] = 1;
  bytes[7] = 0x20; // unrestricted use
  bytes.fill(0xff, 16, 24); // no lead-in or lead-out to be written
  return bytes;
}

/** GET EVENT STATUS NOTIFICATION, polled; `classes` is the mask of classes that the host asks for. */
export function eventStatus(classes: number, changed: boolean, medium: boolean): number[] {
  const media = 0x10;
  if (!(classes & media)) return [0, 2, 0x80, media];
  return [0, 6, 4, media, changed ? (medium ? 2 : 3) : 0, medium ? 2 : 0, 0, 0];
}

/** MECHANISM STATUS: no changer, idle. */
export function mechanismStatus(): number[] {
  return [0, 0, 0, 0, 0, 1, 0, 0];
}
