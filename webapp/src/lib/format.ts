/** Values as people read them. */

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "long" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** "3 minutes ago"; an empty text for no date. */
export function ago(iso: string | null | undefined, now: number = Date.now()): string {
  const at = stamp(iso);
  if (at === null) return "";
  const seconds = Math.round((at - now) / 1000);
  if (Math.abs(seconds) < 5) return "just now";
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return relative.format(Math.trunc(seconds / size), unit);
}

/** A date and time to the second, in the reader's own zone. */
export function dateTime(iso: string | null | undefined): string {
  const at = stamp(iso);
  return at === null ? "" : exact.format(at);
}

export function dateShort(iso: string | null | undefined): string {
  const at = stamp(iso);
  return at === null ? "" : short.format(at);
}

/** Milliseconds since 1970 of an ISO time; one without a zone is in UTC, as the server writes it. null: no time. */
export function stamp(iso: string | null | undefined): number | null {
  if (!iso) return null;
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(iso) ? iso : `${iso}Z`;
  const at = Date.parse(zoned);
  return Number.isNaN(at) ? null : at;
}

/** "1d 2h", "3m 20s", "8s": the two largest parts. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "";
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3_600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "m"],
    [whole % 60, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0s";
  return parts
    .slice(first, first + 2)
    .filter(([count], index) => index === 0 || count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}

/** Six significant digits, without needless zeros; large and tiny values with an exponent. */
export function numeric(value: number | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  const size = Math.abs(value);
  return size >= 1e9 || size < 1e-4
    ? value.toExponential(4).replace(/\.?0+e/, "e")
    : String(Number(value.toPrecision(6)));
}

const BYTES = ["B", "KB", "MB", "GB", "TB", "PB"];

export function bytes(count: number | null | undefined): string {
  if (count === null || count === undefined) return "";
  let size = count;
  let unit = 0;
  while (size >= 1000 && unit < BYTES.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(size < 10 ? 1 : 0)} ${BYTES[unit]}`;
}

/** "1 task", "1,204 tasks". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** A text as a pattern that finds exactly it. */
export function escapePattern(words: string): string {
  return words.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
