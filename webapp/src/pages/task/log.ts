/**
 * A window over a log of any length: pages are added at either end, and leave at the other one, so memory stays bounded.
 * Lines of one event stay together; a page of the server holds all lines of its last time, so going on from a time loses none.
 */
import { call } from "@/api/client";

export interface LogEvent {
  timestamp: number;
  msg?: string;
  level?: string;
  worker?: string;
}

export interface Line {
  /** Counts up from the top of the log as far as it was read; goes below 0 to earlier lines. */
  at: number;
  text: string;
  timestamp: number;
  level: string | undefined;
  worker: string | undefined;
}

export interface LogWindow {
  lines: Line[];
  /** Nothing is before the first line, or after the last one. */
  atStart: boolean;
  atEnd: boolean;
}

export const EMPTY: LogWindow = { lines: [], atStart: false, atEnd: false };
export const PAGE = 1_000;
/** Lines that are kept; far more than a screen, far less than a browser can hold. */
export const MOST_LINES = 40_000;

export interface Page {
  events: LogEvent[];
  /** The server had no more in that direction. */
  end: boolean;
}

/** Lines before or after a time (exclusive; none: from the end or the start), oldest first. */
export async function fetchPage(
  task: string,
  earlier: boolean,
  from?: number,
  size = PAGE,
  signal?: AbortSignal,
): Promise<Page> {
  const answer = await call(
    "events.get_task_log",
    {
      task,
      batch_size: size,
      navigate_earlier: earlier,
      order: "asc",
      ...(from === undefined ? {} : { from_timestamp: from }),
    },
    { signal },
  );
  const events = (answer.events ?? []) as unknown as LogEvent[];
  return { events, end: events.length < size };
}

function linesOf(events: LogEvent[]): Omit<Line, "at">[] {
  return events.flatMap(({ msg, timestamp, level, worker }) =>
    (msg ?? "")
      .replace(/\n$/, "")
      .split("\n")
      .map((text) => ({ text, timestamp, level, worker })),
  );
}

function numbered(lines: Omit<Line, "at">[], first: number): Line[] {
  return lines.map((line, index) => ({ ...line, at: first + index }));
}

export function opened(page: Page, earlier: boolean): LogWindow {
  return { lines: numbered(linesOf(page.events), 0), atStart: earlier ? page.end : true, atEnd: earlier || page.end };
}

export function withEarlier(window: LogWindow, page: Page): LogWindow {
  const added = linesOf(page.events);
  const lines = [...numbered(added, (window.lines[0]?.at ?? 0) - added.length), ...window.lines];
  if (lines.length <= MOST_LINES) return { ...window, lines, atStart: page.end };
  return { lines: whole(lines.slice(0, MOST_LINES), "end"), atStart: page.end, atEnd: false };
}

/**
 * `page` begins with the time of the window's last lines: what is there of that time is replaced, because more of it may have come
 * since. See `nextFrom`.
 */
export function withLater(window: LogWindow, page: Page): LogWindow {
  const added = linesOf(page.events);
  if (added.length === 0) return { ...window, atEnd: page.end };
  const first = added[0]?.timestamp ?? 0;
  let kept = window.lines.length;
  while (kept > 0 && (window.lines[kept - 1]?.timestamp ?? 0) >= first) kept--;
  const same = window.lines.slice(kept);
  if (page.end && same.length === added.length && same.every((line, index) => line.text === added[index]?.text))
    return window.atEnd ? window : { ...window, atEnd: true };
  const before = window.lines.slice(0, kept);
  const lines = [...before, ...numbered(added, (before.at(-1)?.at ?? (window.lines[0]?.at ?? 0) - 1) + 1)];
  if (lines.length <= MOST_LINES) return { ...window, lines, atEnd: page.end };
  return { lines: whole(lines.slice(-MOST_LINES), "start"), atStart: false, atEnd: page.end };
}

/** From where later lines are asked for: just before the last line's time, so that lines of the same time that came late are not lost. */
export function nextFrom(window: LogWindow): number | undefined {
  const last = window.lines.at(-1);
  return last && last.timestamp - 1;
}

/** Without the part of a time at the cut: going on from there would skip the rest of it. One time alone is left as it is. */
function whole(lines: Line[], cut: "start" | "end"): Line[] {
  const time = (cut === "end" ? lines.at(-1) : lines[0])?.timestamp;
  const kept = lines.filter(({ timestamp }) => timestamp !== time);
  return kept.length > 0 ? kept : lines;
}
