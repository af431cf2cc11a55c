/**
 * Calendar of an MC146818: between the ten time registers, in BCD or binary and in 12 or 24 hours,
 * and a count of seconds. Source: Motorola MC146818A datasheet, tables 2 and 3.
 */

/** Time registers by index. */
export const reg = {
  seconds: 0x00,
  secondsAlarm: 0x01,
  minutes: 0x02,
  minutesAlarm: 0x03,
  hours: 0x04,
  hoursAlarm: 0x05,
  weekday: 0x06,
  day: 0x07,
  month: 0x08,
  year: 0x09,
  a: 0x0a,
  b: 0x0b,
  c: 0x0c,
  d: 0x0d,
  century: 0x32,
} as const;

/** Bits of register B that the encoding depends on. */
export const B_BINARY = 0x04;
export const B_24H = 0x02;

function encode(value: number, b: number): number {
  return b & B_BINARY ? value : ((Math.floor(value / 10) << 4) | (value % 10)) & 0xff;
}

function decode(raw: number, b: number): number {
  return b & B_BINARY ? raw : (raw >>> 4) * 10 + (raw & 0x0f);
}

function encodeHour(hour: number, b: number): number {
  if (b & B_24H) return encode(hour, b);
  return encode(hour % 12 || 12, b) | (hour >= 12 ? 0x80 : 0);
}

function decodeHour(raw: number, b: number): number {
  if (b & B_24H) return decode(raw, b);
  return (decode(raw & 0x7f, b) % 12) + (raw & 0x80 ? 12 : 0);
}

/** Seconds since 1970 that the registers show. Impossible dates count on, as 32 January = 1 February. */
export function readCalendar(cmos: Uint8Array, b: number): number {
  // The century byte belongs to the BIOS and is BCD whatever register B says.
  const year = decode(cmos[reg.century], 0) * 100 + decode(cmos[reg.year], b);
  const date = new Date(0);
  date.setUTCFullYear(year, decode(cmos[reg.month], b) - 1, decode(cmos[reg.day], b));
  return (
    date.getTime() / 1000 +
    decodeHour(cmos[reg.hours], b) * 3600 +
    decode(cmos[reg.minutes], b) * 60 +
    decode(cmos[reg.seconds], b)
  );
}

export function writeCalendar(cmos: Uint8Array, b: number, seconds: number): void {
  const date = new Date(seconds * 1000);
  const year = date.getUTCFullYear();
  cmos[reg.seconds] = encode(date.getUTCSeconds(), b);
  cmos[reg.minutes] = encode(date.getUTCMinutes(), b);
  cmos[reg.hours] = encodeHour(date.getUTCHours(), b);
  cmos[reg.weekday] = encode(date.getUTCDay() + 1, b);
  cmos[reg.day] = encode(date.getUTCDate(), b);
  cmos[reg.month] = encode(date.getUTCMonth() + 1, b);
  cmos[reg.year] = encode(year % 100, b);
  cmos[reg.century] = encode(Math.floor(year / 100), 0);
}

/** Whether the alarm registers match a time of day; 0xc0-0xff match anything. */
export function alarmMatches(cmos: Uint8Array, b: number, seconds: number): boolean {
  const ofDay = ((seconds % 86_400) + 86_400) % 86_400;
  const matches = (raw: number, value: number) => raw >= 0xc0 || raw === value;
  return (
    matches(cmos[reg.secondsAlarm], encode(ofDay % 60, b)) &&
    matches(cmos[reg.minutesAlarm], encode(Math.floor(ofDay / 60) % 60, b)) &&
    matches(cmos[reg.hoursAlarm], encodeHour(Math.floor(ofDay / 3600), b))
  );
}
