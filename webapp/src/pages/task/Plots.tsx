/** Plots as they were reported, by Plotly. Its code is fetched here and nowhere else, and only when a plot comes into view. */
import { useEffect, useMemo, useRef, useState } from "react";
import { useCall } from "@/api/hooks";
import { token, useDark } from "@/app/theme";
import { useSeen } from "@/lib/seen";
import { number, oneOf, text, useUrlState } from "@/lib/urlState";
import { Button } from "@/ui/Button";
import { CodeBlock } from "@/ui/CodeBlock";
import { Boundary, Empty, Failure, Loading } from "@/ui/states";
import type { TaskDetails } from "./data";
import { type Figure, figureOf, type PlotTable, tableOf } from "./figures";
import { saveText, useFileAddress } from "./files";
import styles from "./Plots.module.css";
import { Choice, Search, Toolbar } from "./parts";
import { loadPlotly } from "./plotlyLoader";

const VIEW = { q: text(), size: oneOf(["medium", "large"], "medium"), at: number(-1) };
const SIZES = { medium: "Medium", large: "Large" } as const;
const HEIGHTS = { medium: 340, large: 560 };
const ITERATIONS = 20;

interface PlotEvent {
  metric: string;
  variant: string;
  iter: number;
  plot_str?: string;
}

export function Plots({ task }: { task: TaskDetails }) {
  const [view, setView] = useUrlState(VIEW);
  const found = useCall("events.get_task_plots", { task: task.id, iters: ITERATIONS, no_scroll: true }, { keep: true });
  const groups = useMemo(() => grouped((found.data?.plots ?? []) as unknown as PlotEvent[]), [found.data]);
  if (found.error) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  if (groups.length === 0)
    return (
      <Empty title="No plots yet" icon="chart">
        <p>Matplotlib and Plotly figures come by themselves; tables, histograms and confusion matrices take a line:</p>
        <CodeBlock label="In your script">{`task.get_logger().report_table("errors", "worst", iteration=step, table_plot=data_frame)`}</CodeBlock>
      </Empty>
    );
  const words = view.q.trim().toLowerCase();
  const shown = groups.filter(({ title }) => title.toLowerCase().includes(words));
  return (
    <>
      <Toolbar label="Plots">
        <Search label="Find a plot" value={view.q} onChange={(q) => setView({ q })} />
        <Choice label="Size" value={view.size} of={SIZES} onChange={(size) => setView({ size })} />
      </Toolbar>
      {shown.length === 0 && <Empty title="No plot fits" icon="search" />}
      <div className={`${styles.grid} ${styles[view.size]}`}>
        {shown.map((group) => (
          <Plot key={group.title} group={group} height={HEIGHTS[view.size]} />
        ))}
      </div>
    </>
  );
}

interface Group {
  title: string;
  /** By iteration, the newest last. */
  events: PlotEvent[];
}

function grouped(events: PlotEvent[]): Group[] {
  const found = new Map<string, PlotEvent[]>();
  for (const event of events) {
    const title = event.variant && event.variant !== event.metric ? `${event.metric} / ${event.variant}` : event.metric;
    found.set(title, [...(found.get(title) ?? []), event]);
  }
  return [...found]
    .map(([title, inside]) => ({ title, events: inside.sort((a, b) => a.iter - b.iter) }))
    .sort((a, b) => a.title.localeCompare(b.title, "en", { numeric: true }));
}

function Plot({ group: { title, events }, height }: { group: Group; height: number }) {
  const [chosen, setChosen] = useState<number | null>(null);
  const place = useRef<HTMLElement>(null);
  const seen = useSeen(place, 400);
  const at = chosen === null || chosen >= events.length ? events.length - 1 : chosen;
  const event = events[at];
  const figure = useMemo(() => figureOf(event?.plot_str), [event?.plot_str]);
  const table = useMemo(() => figure && tableOf(figure), [figure]);
  return (
    <section ref={place} className={styles.panel} aria-label={`Plot ${title}`}>
      <header className={styles.head}>
        <h3 title={title}>{title}</h3>
        {figure && (
          <Button
            small
            kind="quiet"
            icon="download"
            aria-label={`Save ${title} as JSON`}
            onClick={() => saveText(`${title}.json`, "application/json", event?.plot_str ?? "")}
          />
        )}
      </header>
      {events.length > 1 && (
        <label className={styles.slider}>
          <input
            type="range"
            aria-label={`Iteration of ${title}`}
            min={0}
            max={events.length - 1}
            value={at}
            onChange={(changed) => setChosen(Number(changed.target.value))}
          />
          <output>Iteration {event?.iter}</output>
        </label>
      )}
      <div className={styles.body} style={{ minHeight: height }}>
        <Boundary resetKey={figure}>
          {!figure ? (
            <p className={styles.none}>What was reported is no plot that can be read.</p>
          ) : table ? (
            <Table table={table} height={height} />
          ) : (
            seen && <Drawing figure={figure} height={height} title={title} />
          )}
        </Boundary>
      </div>
    </section>
  );
}

function Table({ table, height }: { table: PlotTable; height: number }) {
  const [count, setCount] = useState(200);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard
    <div className={styles.table} role="region" aria-label="Table" tabIndex={0} style={{ maxHeight: height }}>
      <table>
        <thead>
          <tr>
            {table.head.map((cell, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells have nothing but their place
              <th key={at} scope="col">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.slice(0, count).map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have nothing but their place
            <tr key={at}>
              {row.map((cell, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: cells have nothing but their place
                <td key={column}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {count < table.rows.length && (
        <Button small onClick={() => setCount(count + 1_000)}>
          Show more of {table.rows.length.toLocaleString("en")} rows
        </Button>
      )}
    </div>
  );
}

function Drawing({ figure, height, title }: { figure: Figure; height: number; title: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [error, setError] = useState<unknown>(null);
  const [ready, setReady] = useState(false);
  const dark = useDark();
  const find = useFileAddress();
  const known = find !== null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `dark` stands for the theme's colours; `known` for the way to files
  useEffect(() => {
    const element = place.current;
    if (!element || !find) return;
    let gone = false;
    let drawn: PlotlyModule | null = null;
    const sized = new ResizeObserver(() => drawn?.Plots.resize(element));
    void (async () => {
      try {
        const library = await loadPlotly(figure);
        if (gone) return;
        await library.newPlot(element, figure.data, layout(figure, find), {
          responsive: false,
          displaylogo: false,
          // Its buttons bring style sheets of their own; dragging zooms and a double click shows all without them.
          displayModeBar: false,
          // Nothing is sent to Plotly's own service.
          showSendToCloud: false,
          plotlyServerURL: "",
          showEditInChartStudio: false,
        });
        if (gone) library.purge(element);
        else {
          drawn = library;
          sized.observe(element);
          setReady(true);
        }
      } catch (failure) {
        if (!gone) setError(failure);
      }
    })();
    return () => {
      gone = true;
      sized.disconnect();
      drawn?.purge(element);
    };
  }, [figure, dark, known]);
  if (error) return <Failure error={error} what="This plot cannot be drawn" />;
  return (
    <>
      {!ready && <Loading what="Drawing" />}
      <div ref={place} className={styles.drawing} role="img" aria-label={title} style={{ height }} />
    </>
  );
}

/** The reported layout on the page's colours; its own size gives way to the panel's, and pictures come by the page's own door. */
function layout({ layout: given }: Figure, find: (uri: string | undefined) => string | null): Record<string, unknown> {
  const axis = { gridcolor: token("--grid"), zerolinecolor: token("--border"), automargin: true };
  const { width: _width, height: _height, template: _template, ...rest } = given;
  const axes = Object.fromEntries(
    [...new Set(["xaxis", "yaxis", ...Object.keys(rest).filter((name) => /^[xy]axis\d*$/.test(name))])].map((name) => [
      name,
      { ...axis, ...(rest[name] as object | undefined) },
    ]),
  );
  const images = Array.isArray(rest.images)
    ? rest.images.map((image: { source?: string }) => ({
        ...image,
        source: image.source?.startsWith("data:image/") ? image.source : (find(image.source) ?? ""),
      }))
    : undefined;
  return {
    margin: { l: 48, r: 16, t: 40, b: 40 },
    ...rest,
    ...axes,
    ...(images ? { images } : {}),
    autosize: true,
    paper_bgcolor: token("--surface"),
    plot_bgcolor: token("--surface"),
    font: { ...(rest.font as object | undefined), color: token("--text"), family: "system-ui, sans-serif", size: 12 },
  };
}
