/** What the run printed. Rows all have the same height, so that any number of them scrolls; see log.ts for what is kept of a long log. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { address } from "@/api/client";
import { dateTime } from "@/lib/format";
import { useShortcuts } from "@/lib/shortcuts";
import { flag, number, text, useUrlState } from "@/lib/urlState";
import { Button } from "@/ui/Button";
import { CodeBlock } from "@/ui/CodeBlock";
import { Icon } from "@/ui/Icon";
import { Empty, Failure, Loading } from "@/ui/states";
import { marked, plain, type Run, runs, wrapped } from "./ansi";
import styles from "./Console.module.css";
import { isOver, type TaskDetails } from "./data";
import type { Line } from "./log";
import { Search, Toolbar } from "./parts";
import { useLog } from "./useLog";

const VIEW = { find: text(), wrap: flag(true), times: flag(true), t: number(0) };
const ROW_PX = 19;
const NEAR_ROWS = 60;
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

interface Row {
  line: Line;
  /** Which piece of a line that is longer than the window. */
  piece: number;
  /** The first line of what was reported together. */
  first: boolean;
}

export function Console({ task }: { task: TaskDetails }) {
  const [view, setView] = useUrlState(VIEW);
  const log = useLog(task, view.t || "end");
  const { window, earlier, later } = log;
  const box = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(!view.t);
  const [current, setCurrent] = useState<number | null>(null);
  const [told, setTold] = useState("");
  const columns = useColumns(box, log.ready && window.lines.length > 0);
  const width = view.wrap ? Math.max(20, columns - (view.times ? 10 : 0)) : Number.POSITIVE_INFINITY;
  const rows = useMemo(() => rowsOf(window.lines, width), [window.lines, width]);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 30,
  });

  // What is at the top of the window stays there, whatever comes or goes before it.
  const anchor = useRef<{ at: number; piece: number; offset: number } | null>(null);
  const wanted = useRef<number | null>(null);
  const [jumps, setJumps] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `jumps` says that `wanted` has changed
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || rows.length === 0) return;
    const jump = wanted.current;
    if (jump !== null) {
      const index = indexOf(rows, jump, 0);
      if (index === null) return;
      wanted.current = null;
      element.scrollTop = Math.max(0, index * ROW_PX - element.clientHeight / 3);
    } else if (following) element.scrollTop = element.scrollHeight;
    else if (anchor.current) {
      const index = indexOf(rows, anchor.current.at, anchor.current.piece);
      if (index !== null) element.scrollTop = index * ROW_PX + anchor.current.offset;
    }
  }, [rows, following, jumps]);

  const looked = useCallback(() => {
    const element = box.current;
    if (!element) return;
    const top = Math.floor(element.scrollTop / ROW_PX);
    const row = rows[top];
    anchor.current = row ? { at: row.line.at, piece: row.piece, offset: element.scrollTop - top * ROW_PX } : null;
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    setFollowing(window.atEnd && below < ROW_PX * 1.5);
    if (element.scrollTop < NEAR_ROWS * ROW_PX && !window.atStart) void earlier();
    else if (below < NEAR_ROWS * ROW_PX && !window.atEnd) void later();
  }, [rows, window, earlier, later]);

  // A window that is not full has no scroll bar to ask for more with.
  useEffect(() => {
    const element = box.current;
    if (log.ready && !log.busy && element && rows.length * ROW_PX < element.clientHeight * 2 && !window.atStart)
      void earlier();
  }, [log.ready, log.busy, rows.length, window.atStart, earlier]);

  // A link to a time opens there.
  const linked = useRef(view.t);
  useEffect(() => {
    const line = linked.current ? window.lines.find(({ timestamp }) => timestamp >= linked.current) : undefined;
    if (!line) return;
    linked.current = 0;
    wanted.current = line.at;
    setJumps((count) => count + 1);
    setCurrent(line.at);
  }, [window]);

  const jumpTo = (at: number) => {
    setFollowing(false);
    wanted.current = at;
    setJumps((count) => count + 1);
  };
  const words = view.find.trim().toLowerCase();
  const find = async (back: boolean, typed: string = words) => {
    const wantedWords = typed.trim().toLowerCase();
    if (!wantedWords) return;
    setFollowing(false);
    const outside = back ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    const found = await log.find(
      (line) => plain(line.text).toLowerCase().includes(wantedWords),
      current ?? outside,
      back,
      (at) => setTold(`Searching, at ${dateTime(new Date(at).toISOString())}`),
    );
    setTold(found ? "" : `No ${current === null ? "" : "other "}line ${back ? "further up" : "further down"} has it`);
    if (!found) return;
    setCurrent(found.at);
    jumpTo(found.at);
  };
  const onFindKey = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter") void find(!event.shiftKey, event.currentTarget.value);
    if (event.key === "Escape" && log.busy) log.stop();
  };
  const go = async (where: "start" | "end") => {
    setCurrent(null);
    anchor.current = null;
    setFollowing(where === "end");
    if (where === "end" ? window.atEnd : window.atStart) {
      if (box.current) box.current.scrollTop = where === "end" ? box.current.scrollHeight : 0;
      return;
    }
    await log.open(where);
    if (where === "start") jumpTo(0);
  };
  useShortcuts("Console", [
    {
      keys: "f",
      does: "Find in the console",
      run: () => document.querySelector<HTMLElement>("#console-find input")?.focus(),
    },
    { keys: "Home", does: "First line", run: () => void go("start") },
    { keys: "End", does: "Last line, and follow", run: () => void go("end") },
  ]);
  const download = useDownload(task.id);

  if (log.error && !log.ready) return <Failure error={log.error} retry={() => void log.open("end")} />;
  if (!log.ready) return <Loading />;
  if (window.lines.length === 0)
    return (
      <Empty title="Nothing is printed yet" icon="list">
        <p>Everything that the script writes to its terminal comes here by itself after `Task.init`.</p>
        <CodeBlock label="In your script">{`print("so far so good")`}</CodeBlock>
      </Empty>
    );
  return (
    <div className={styles.console}>
      <Toolbar label="Console">
        <span id="console-find">
          <Search
            label="Find in the console"
            value={view.find}
            onChange={(value) => {
              setView({ find: value });
              setCurrent(null);
              setTold("");
            }}
            onKeyDown={onFindKey}
          />
        </span>
        <Button kind="quiet" icon="sortUp" aria-label="Further up" disabled={!words} onClick={() => void find(true)} />
        <Button
          kind="quiet"
          icon="sortDown"
          aria-label="Further down"
          disabled={!words}
          onClick={() => void find(false)}
        />
        <span className={styles.told} role="status">
          {told}
          {told.startsWith("Searching") && log.busy && (
            <Button small onClick={log.stop}>
              Stop
            </Button>
          )}
        </span>
        <span className={styles.right}>
          <Button kind="quiet" aria-pressed={view.times} icon="clock" onClick={() => setView({ times: !view.times })}>
            Times
          </Button>
          <Button kind="quiet" aria-pressed={view.wrap} icon="menu" onClick={() => setView({ wrap: !view.wrap })}>
            Wrap
          </Button>
          <Button kind="quiet" icon="sortUp" onClick={() => void go("start")}>
            First line
          </Button>
          <Button kind="quiet" icon="sortDown" aria-pressed={following} onClick={() => void go("end")}>
            {isOver(task) ? "Last line" : "Follow"}
          </Button>
          {download && (
            <a className={styles.download} href={download} download>
              <Icon name="download" /> Download
            </a>
          )}
        </span>
      </Toolbar>
      {log.error !== null && <Failure error={log.error} retry={() => void later()} />}
      <div
        ref={box}
        className={styles.box}
        role="log"
        aria-label="Console"
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard
        tabIndex={0}
        onScroll={looked}
      >
        <div className={`${styles.rows} ${view.wrap ? "" : styles.unwrapped}`} style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            if (!row) return null;
            return (
              <div
                key={`${row.line.at} ${row.piece}`}
                className={`${styles.row} ${row.line.at === current ? styles.current : ""} ${row.line.level === "error" ? styles.error : ""}`}
                style={{ transform: `translateY(${start}px)` }}
              >
                {view.times && (
                  <button
                    type="button"
                    className={styles.time}
                    tabIndex={-1}
                    title={`${dateTime(new Date(row.line.timestamp).toISOString())}${row.line.worker ? `, ${row.line.worker}` : ""}. Click puts it into the address`}
                    onClick={() => {
                      setView({ t: row.line.timestamp });
                      setCurrent(row.line.at);
                    }}
                  >
                    {row.first && row.piece === 0 ? clock.format(row.line.timestamp) : ""}
                  </button>
                )}
                <Text line={row.line} piece={row.piece} width={width} words={words} />
              </div>
            );
          })}
        </div>
      </div>
      <p className={styles.foot} role="status">
        {window.atStart && window.atEnd
          ? `${window.lines.length.toLocaleString("en")} lines`
          : `${window.lines.length.toLocaleString("en")} lines are loaded; more ${window.atStart ? "below" : window.atEnd ? "above" : "above and below"}`}
        {!isOver(task) && window.atEnd && following && " · following"}
      </p>
    </div>
  );
}

function rowsOf(lines: Line[], width: number): Row[] {
  const rows: Row[] = [];
  let before: Line | undefined;
  for (const line of lines) {
    const pieces = line.text.length <= width ? 1 : Math.max(1, Math.ceil(plain(line.text).length / width));
    const first = before?.timestamp !== line.timestamp || before.worker !== line.worker;
    for (let piece = 0; piece < pieces; piece++) rows.push({ line, piece, first });
    before = line;
  }
  return rows;
}

/** Place of a line's piece; rows are in the order of `at`. null: it is not there. */
function indexOf(rows: Row[], at: number, piece: number): number | null {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.line.at ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  if (rows[low]?.line.at !== at) return null;
  return rows[low + piece]?.line.at === at ? low + piece : low;
}

function Text({ line, piece, width, words }: { line: Line; piece: number; width: number; words: string }) {
  const parts = useMemo(() => {
    const all = marked(runs(line.text), words);
    return width === Number.POSITIVE_INFINITY ? all : (wrapped(all, width)[piece] ?? []);
  }, [line.text, piece, width, words]);
  return (
    <span className={styles.text}>
      {parts.map((run, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: runs have nothing but their place
        <Piece key={at} run={run} />
      ))}
    </span>
  );
}

function Piece({ run: { text: words, look, hit } }: { run: Run }) {
  const names = [
    typeof look.colour === "number" && styles[`colour${look.colour}`],
    typeof look.back === "number" && styles[`back${look.back}`],
    look.bold && styles.bold,
    look.dim && styles.dim,
    look.italic && styles.italic,
    look.underline && styles.underline,
  ].filter(Boolean);
  if (hit) return <mark className={styles.hit}>{words}</mark>;
  if (names.length === 0 && typeof look.colour !== "string" && typeof look.back !== "string") return words;
  return (
    <span
      className={names.join(" ")}
      style={{
        ...(typeof look.colour === "string" ? { color: look.colour } : {}),
        ...(typeof look.back === "string" ? { background: look.back } : {}),
      }}
    >
      {words}
    </span>
  );
}

/** How many letters fit beside each other. */
function useColumns(box: { current: HTMLElement | null }, ready: boolean): number {
  const [columns, setColumns] = useState(120);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !ready) return;
    const probe = document.createElement("span");
    probe.className = styles.probe ?? "";
    probe.textContent = "0".repeat(100);
    element.append(probe);
    const letter = probe.getBoundingClientRect().width / 100 || 8;
    probe.remove();
    const measure = () => setColumns(Math.floor((element.clientWidth - 24) / letter));
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => watch.disconnect();
  }, [box, ready]);
  return columns;
}

function useDownload(task: string): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const query = new URLSearchParams({ task, line_type: "text", line_format: "{msg}" });
    void address("events.download_task_log").then((at) => setUrl(`${at}?${query}`));
  }, [task]);
  return url;
}
