/** Reads a task's log in pages, one call at a time, and keeps following it. */
import { useCallback, useEffect, useRef, useState } from "react";
import { useLiveInterval } from "@/lib/live";
import { isOver, stampOf, type TaskDetails } from "./data";
import { EMPTY, fetchPage, type Line, type LogWindow, nextFrom, opened, withEarlier, withLater } from "./log";

const FOLLOW_MS = 3_000;
const SEARCH_PAGE = 5_000;

export interface Log {
  window: LogWindow;
  /** The first answer has come. */
  ready: boolean;
  busy: boolean;
  error: unknown;
  earlier: () => Promise<void>;
  later: () => Promise<void>;
  /** Open anew: at the end, the start, or around a time. */
  open: (where: "end" | "start" | number) => Promise<void>;
  /** The next line for which `fits` holds before or after a line, reading on as far as it takes. null: none. */
  find: (
    fits: (line: Line) => boolean,
    from: number,
    earlier: boolean,
    told: (at: number) => void,
  ) => Promise<Line | null>;
  stop: () => void;
}

export function useLog(task: TaskDetails, first: "end" | number): Log {
  const [window, setWindow] = useState<LogWindow>(EMPTY);
  const [ready, setReady] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const current = useRef(EMPTY);
  const working = useRef<AbortController | null>(null);
  const id = task.id;

  const put = useCallback((next: LogWindow) => {
    current.current = next;
    setWindow(next);
  }, []);

  /** One thing at a time; `force` ends what is under way. */
  const run = useCallback(async <T>(work: (signal: AbortSignal) => Promise<T>, force = false): Promise<T | null> => {
    if (working.current && !force) return null;
    working.current?.abort();
    const own = new AbortController();
    working.current = own;
    setBusy(true);
    try {
      const result = await work(own.signal);
      setError(null);
      return result;
    } catch (failure) {
      if (!own.signal.aborted) setError(failure);
      return null;
    } finally {
      if (working.current === own) {
        working.current = null;
        setBusy(false);
      }
    }
  }, []);

  const earlier = useCallback(async () => {
    const from = current.current.lines[0]?.timestamp;
    if (current.current.atStart || from === undefined) return;
    await run(async (signal) => {
      const page = await fetchPage(id, true, from, undefined, signal);
      signal.throwIfAborted();
      put(withEarlier(current.current, page));
    });
  }, [id, run, put]);

  const later = useCallback(async () => {
    await run(async (signal) => {
      const page = await fetchPage(id, false, nextFrom(current.current), undefined, signal);
      signal.throwIfAborted();
      const next = withLater(current.current, page);
      if (next !== current.current) put(next);
    });
  }, [id, run, put]);

  const open = useCallback(
    async (where: "end" | "start" | number) => {
      await run(async (signal) => {
        let next: LogWindow;
        if (typeof where === "number") {
          const before = await fetchPage(id, true, where + 1, undefined, signal);
          next = { ...opened(before, true), atEnd: false };
          next = withLater(next, await fetchPage(id, false, nextFrom(next), undefined, signal));
        } else next = opened(await fetchPage(id, where === "end", undefined, undefined, signal), where === "end");
        signal.throwIfAborted();
        put(next);
        setReady(true);
      }, true);
    },
    [id, run, put],
  );

  const find = useCallback<Log["find"]>(
    (fits, from, back, told) =>
      run(async (signal) => {
        let at = from;
        for (;;) {
          const { lines } = current.current;
          const found = back
            ? lines.findLast((line) => line.at < at && fits(line))
            : lines.find((line) => line.at > at && fits(line));
          if (found) return found;
          const edge = back ? lines[0] : lines.at(-1);
          if (!edge || (back ? current.current.atStart : current.current.atEnd)) return null;
          at = edge.at;
          told(edge.timestamp);
          const page = await fetchPage(
            id,
            back,
            back ? edge.timestamp : nextFrom(current.current),
            SEARCH_PAGE,
            signal,
          );
          signal.throwIfAborted();
          put(back ? withEarlier(current.current, page) : withLater(current.current, page));
        }
      }, true),
    [id, run, put],
  );

  const stop = useCallback(() => working.current?.abort(), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only where the page is opened; later moves go through `open`
  useEffect(() => {
    void open(first);
    return () => working.current?.abort();
  }, [open]);

  const every = useLiveInterval(FOLLOW_MS);
  const over = isOver(task);
  useEffect(() => {
    if (!every || over || !ready) return;
    const timer = setInterval(() => {
      if (current.current.atEnd && !document.hidden) void later();
    }, every);
    return () => clearInterval(timer);
  }, [every, over, ready, later]);

  // The last lines come with the change that ends the task.
  const stamp = stampOf(task);
  const before = useRef(stamp);
  useEffect(() => {
    if (before.current !== stamp && current.current.atEnd) void later();
    before.current = stamp;
  }, [stamp, later]);

  return { window, ready, busy, error, earlier, later, open, find, stop };
}
