/**
 * Curves of what the run reported. Charts are asked for and drawn only when they come into view, in groups of a dozen, sampled by the
 * server to about two points a pixel.
 */
import { memo, useCallback, useMemo, useRef, useState } from "react";
import { useCall } from "@/api/hooks";
import { numeric, stamp } from "@/lib/format";
import { useSeen } from "@/lib/seen";
import { flag, json, list, number, oneOf, text, useUrlState, type Values } from "@/lib/urlState";
import { Button } from "@/ui/Button";
import { CodeBlock } from "@/ui/CodeBlock";
import { colours } from "@/ui/chart/colours";
import { LineChart, type Series } from "@/ui/chart/LineChart";
import { Dialog } from "@/ui/Dialog";
import { Check } from "@/ui/Field";
import { MenuItem, Popup } from "@/ui/Popup";
import { Boundary, Empty, Failure, Loading } from "@/ui/states";
import { csv, positive, type Smoothing, smoothed, usualRange } from "./curves";
import type { TaskDetails } from "./data";
import { saveChart, saveText } from "./files";
import { Choice, Search, Toolbar } from "./parts";
import styles from "./Scalars.module.css";

const AXES = { iter: "Iteration", relative: "Time since start", time: "Time of day" } as const;
const SMOOTHINGS: Record<Smoothing, string> = {
  none: "Off",
  ema: "Exponential",
  gaussian: "Gaussian",
  mean: "Running mean",
};
const SIZES = { small: "Small", medium: "Medium", large: "Large" } as const;
const HEIGHTS = { small: 180, medium: 250, large: 380 };
const GROUP = 12;
/** About two points for each pixel of a chart. */
const SAMPLES = 1_200;
const SAMPLES_LARGE = 5_000;

const isRange = (value: unknown): value is [number, number] | null =>
  value === null ||
  (Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === "number" && Number.isFinite(one)));

const VIEW = {
  q: text(),
  by: oneOf(["metric", "variant"], "metric"),
  x: oneOf(["iter", "relative", "time"], "iter"),
  smooth: oneOf(["none", "ema", "gaussian", "mean"], "none"),
  strength: number(0.6),
  logx: flag(),
  logy: flag(),
  clip: flag(),
  size: oneOf(["small", "medium", "large"], "medium"),
  hide: list(),
  zoom: json<[number, number] | null>(null, isRange),
  full: text(),
};
type View = Values<typeof VIEW>;
type SetView = ReturnType<typeof useUrlState<typeof VIEW>>[1];

/** One picture. variant: that one alone, else all of the metric. */
interface Chart {
  metric: string;
  variant?: string;
  title: string;
}

type Histogram = Record<string, Record<string, { name?: string; x: number[]; y: (number | null)[] }>>;

export function Scalars({ task }: { task: TaskDetails }) {
  const [view, changeView] = useUrlState(VIEW);
  // PERF: one function for ever, so that charts are not drawn again because the address changed.
  const latest = useRef(changeView);
  latest.current = changeView;
  const setView = useCallback<SetView>((changes, options) => latest.current(changes, options), []);
  const named = useCall("events.get_task_metrics", { tasks: [task.id], event_type: "training_stats_scalar" });
  const variants = useCall(
    "events.get_multi_task_metrics",
    { tasks: [task.id], event_type: "training_stats_scalar" } as never,
    { enabled: view.by === "variant" },
  );
  const metrics = useMemo(() => {
    const [own] = (named.data?.metrics ?? []) as { metrics?: string[] }[];
    return [...(own?.metrics ?? [])].sort(new Intl.Collator("en", { numeric: true }).compare);
  }, [named.data]);
  const charts = useMemo<Chart[]>(() => {
    if (view.by === "metric") return metrics.map((metric) => ({ metric, title: metric }));
    const found = (
      (variants.data as { metrics?: { metric: string; variants: string[] }[] } | undefined)?.metrics ?? []
    ).filter(({ metric }) => metrics.includes(metric));
    return found.flatMap(({ metric, variants: inside }) =>
      inside.map((variant) => ({ metric, variant, title: `${metric} / ${variant}` })),
    );
  }, [view.by, metrics, variants.data]);
  const words = view.q.trim().toLowerCase();
  const shown = useMemo(() => charts.filter(({ title }) => title.toLowerCase().includes(words)), [charts, words]);
  const groups = useMemo(
    () => Array.from({ length: Math.ceil(shown.length / GROUP) }, (_, at) => shown.slice(at * GROUP, (at + 1) * GROUP)),
    [shown],
  );
  const started = stamp(task.started) ?? stamp(task.created) ?? 0;
  if (named.error) return <Failure error={named.error} retry={() => void named.refetch()} />;
  if (!named.data) return <Loading />;
  return (
    <>
      <SingleValues task={task} words={words} />
      {metrics.length > 0 && <Settings view={view} setView={setView} />}
      {variants.error && <Failure error={variants.error} retry={() => void variants.refetch()} />}
      {metrics.length > 0 && shown.length === 0 && !(view.by === "variant" && variants.isPending) && (
        <Empty title="No chart fits" icon="search" />
      )}
      {groups.map((group) => (
        <ChartGroup
          key={`${view.by} ${group[0]?.title}`}
          task={task.id}
          started={started}
          charts={group}
          view={view}
          setView={setView}
        />
      ))}
      {view.full && (
        <Full
          task={task.id}
          started={started}
          chart={charts.find(({ title }) => title === view.full)}
          view={view}
          setView={setView}
        />
      )}
      {metrics.length === 0 && <NoScalars task={task.id} />}
    </>
  );
}

function NoScalars({ task }: { task: string }) {
  const single = useSingleValues(task);
  if (single.isPending || single.values.length > 0) return null;
  return (
    <Empty title="No scalars yet" icon="chart">
      <p>TensorBoard and Lightning are recorded by themselves. Anything else takes a line:</p>
      <CodeBlock label="In your script">{`task.get_logger().report_scalar("loss", "train", value=loss, iteration=step)`}</CodeBlock>
    </Empty>
  );
}

function Settings({ view, setView }: { view: View; setView: SetView }) {
  return (
    <Toolbar label="How the charts look">
      <Search label="Find a metric" value={view.q} onChange={(q) => setView({ q })} />
      <Choice
        label="Chart for each"
        value={view.by}
        of={{ metric: "Metric", variant: "Variant" }}
        onChange={(by) => setView({ by })}
      />
      <Choice label="Across" value={view.x} of={AXES} onChange={(x) => setView({ x, zoom: null })} />
      <Choice
        label="Smoothing"
        value={view.smooth as Smoothing}
        of={SMOOTHINGS}
        onChange={(smooth) => setView({ smooth })}
      />
      {view.smooth !== "none" && (
        <input
          type="range"
          aria-label="Strength of the smoothing"
          min={0}
          max={0.99}
          step={0.01}
          value={view.strength}
          onChange={(event) => setView({ strength: Number(event.target.value) })}
        />
      )}
      <Popup label="More of how the charts look" icon="settings" kind="plain" text="Axes">
        {() => (
          <div className={styles.more}>
            <Check label="Logarithmic y axis" checked={view.logy} onChange={(logy) => setView({ logy })} />
            <Check label="Logarithmic x axis" checked={view.logx} onChange={(logx) => setView({ logx, zoom: null })} />
            <Check
              label="Leave out outliers"
              hint="The y axis ends where nearly all points are"
              checked={view.clip}
              onChange={(clip) => setView({ clip })}
            />
            <Choice label="Size" value={view.size} of={SIZES} onChange={(size) => setView({ size })} />
          </div>
        )}
      </Popup>
      {view.zoom && (
        <Button icon="reset" onClick={() => setView({ zoom: null })}>
          Show all
        </Button>
      )}
      {view.hide.length > 0 && (
        <Button icon="eye" onClick={() => setView({ hide: [] })}>
          Show {view.hide.length} hidden
        </Button>
      )}
    </Toolbar>
  );
}

interface GroupProps {
  task: string;
  started: number;
  charts: Chart[];
  view: View;
  setView: SetView;
}

function ChartGroup({ task, started, charts, view, setView }: GroupProps) {
  const place = useRef<HTMLDivElement>(null);
  const seen = useSeen(place, 400);
  const { histogram, error, refetch } = useHistogram(task, charts, view.x, SAMPLES, seen);
  return (
    <div ref={place} className={`${styles.grid} ${styles[view.size]}`}>
      {error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        charts.map((chart) => (
          <Panel
            key={chart.title}
            chart={chart}
            curves={histogram?.[chart.metric]}
            height={HEIGHTS[view.size]}
            started={started}
            view={view}
            setView={setView}
          />
        ))
      )}
    </div>
  );
}

function useHistogram(task: string, charts: Chart[], x: View["x"], samples: number, enabled: boolean) {
  const metrics = useMemo(() => {
    const wanted = new Map<string, string[]>();
    for (const { metric, variant } of charts)
      wanted.set(metric, [...(wanted.get(metric) ?? []), ...(variant === undefined ? [] : [variant])]);
    return [...wanted].map(([metric, variants]) => (variants.length ? { metric, variants } : { metric }));
  }, [charts]);
  const found = useCall(
    "events.scalar_metrics_iter_histogram",
    { task, key: x === "iter" ? "iter" : "timestamp", samples, metrics },
    { enabled, keep: true },
  );
  return { ...found, histogram: found.data as Histogram | undefined };
}

interface PanelProps {
  chart: Chart;
  curves: Histogram[string] | undefined;
  height: number;
  started: number;
  view: View;
  setView: SetView;
  large?: boolean;
}

/** Drawn again only when its own curves or the settings change, not when another chart's do. */
const Panel = memo(function Panel({ chart, curves, height, started, view, setView, large }: PanelProps) {
  const figure = useRef<HTMLElement>(null);
  const { x, smooth, strength, logx, logy, clip } = view;
  const raw = useMemo(() => prepared(chart, curves, x, started, logx, logy), [chart, curves, x, started, logx, logy]);
  const series = useMemo(() => drawn(raw, smooth, strength), [raw, smooth, strength]);
  const hidden = useMemo(
    () =>
      new Set(
        view.hide
          .filter((name) => name.startsWith(`${chart.metric}/`))
          .map((name) => name.slice(chart.metric.length + 1)),
      ),
    [view.hide, chart.metric],
  );
  // The faint curve behind a smoothed one goes with it.
  const allHidden = useMemo(() => new Set([...hidden, ...[...hidden].map(rawName)]), [hidden]);
  const range = useMemo(
    () => (clip ? usualRange(raw.filter(({ label }) => !hidden.has(label)).map(({ y }) => y)) : null),
    [clip, raw, hidden],
  );
  const toggle = (label: string, alone: boolean) => {
    const labels = raw.map((one) => one.label);
    const others = labels.filter((one) => one !== label);
    const alreadyAlone = !hidden.has(label) && others.every((one) => hidden.has(one));
    const next = alone
      ? alreadyAlone
        ? []
        : others
      : hidden.has(label)
        ? labels.filter((one) => hidden.has(one) && one !== label)
        : [...labels.filter((one) => hidden.has(one)), label];
    setView(({ hide }) => ({
      hide: [
        ...hide.filter((name) => !name.startsWith(`${chart.metric}/`)),
        ...next.map((one) => `${chart.metric}/${one}`),
      ],
    }));
  };
  const xLabel = AXES[x].toLowerCase() + (x === "relative" ? ` (${unitOf(raw)[1]})` : "");
  return (
    <section ref={figure} className={styles.panel} aria-label={`Chart ${chart.title}`}>
      <header className={styles.head}>
        <h3 title={chart.title}>{chart.title}</h3>
        {!large && (
          <Button
            small
            kind="quiet"
            icon="eye"
            aria-label={`Enlarge ${chart.title}`}
            onClick={() => setView({ full: chart.title })}
          />
        )}
        <Popup label={`Save ${chart.title}`} icon="download" menu>
          {(close) => (
            <>
              <MenuItem
                onSelect={() => {
                  close();
                  if (figure.current)
                    saveChart(
                      figure.current,
                      chart.title,
                      raw.filter(({ label }) => !hidden.has(label)),
                    );
                }}
              >
                PNG, as it is shown
              </MenuItem>
              <MenuItem
                onSelect={() => {
                  close();
                  saveText(`${chart.title}.csv`, "text/csv", csv(xLabel, raw));
                }}
              >
                CSV, the points of the curves
              </MenuItem>
            </>
          )}
        </Popup>
      </header>
      {curves ? (
        <Boundary>
          <LineChart
            title={chart.title}
            series={series}
            height={height}
            time={x === "time"}
            logX={logx}
            logY={logy}
            sync={`task-${x}-${logx}`}
            zoom={view.zoom}
            onZoom={(zoom) => setView({ zoom })}
            hidden={allHidden}
            yRange={range}
            onToggle={toggle}
            {...(large ? { xLabel } : {})}
          />
        </Boundary>
      ) : (
        <div className={styles.waiting} style={{ height }} />
      )}
    </section>
  );
}, samePanel);

function samePanel(before: PanelProps, after: PanelProps): boolean {
  const view = (Object.keys(VIEW) as (keyof View)[]).filter((name) => name !== "q" && name !== "full");
  return (
    before.curves === after.curves &&
    before.chart.title === after.chart.title &&
    before.height === after.height &&
    before.started === after.started &&
    before.setView === after.setView &&
    view.every((name) => before.view[name] === after.view[name])
  );
}

const rawName = (label: string) => `${label} `;

/** The curves of one chart, on the chosen axis. Seconds for times, hours or minutes since the start where it took long. */
function prepared(
  chart: Chart,
  curves: Histogram[string] | undefined,
  x: View["x"],
  started: number,
  logX: boolean,
  logY: boolean,
): Series[] {
  const chosen = Object.entries(curves ?? {}).filter(
    ([variant]) => chart.variant === undefined || variant === chart.variant,
  );
  const palette = colours(Object.keys(curves ?? {}));
  const last = Math.max(0, ...chosen.map(([, curve]) => curve.x.at(-1) ?? 0));
  const first = Math.min(
    started || Number.POSITIVE_INFINITY,
    ...chosen.map(([, curve]) => curve.x[0] ?? Number.POSITIVE_INFINITY),
  );
  const unit = x === "relative" ? unitFor(last - first)[0] : 1000;
  return chosen.map(([label, curve]) => {
    const places = x === "iter" ? curve.x : curve.x.map((at) => (x === "relative" ? (at - first) / unit : at / unit));
    const points = logX || logY ? positive(places, curve.y, logX, logY) : { x: places, y: curve.y };
    return { label, ...points, colour: palette.get(label) ?? "", unit: x === "relative" ? unit : 1 };
  });
}

function unitFor(milliseconds: number): [size: number, name: string] {
  if (milliseconds > 3 * 3_600_000) return [3_600_000, "hours"];
  return milliseconds > 5 * 60_000 ? [60_000, "minutes"] : [1_000, "seconds"];
}

function unitOf(series: (Series & { unit?: number })[]): [number, string] {
  const size = series[0]?.unit ?? 1_000;
  return [size, size === 3_600_000 ? "hours" : size === 60_000 ? "minutes" : "seconds"];
}

function drawn(raw: Series[], kind: Smoothing, strength: number): Series[] {
  if (kind === "none" || strength <= 0) return raw;
  return [
    ...raw.map((one) => ({ ...one, label: rawName(one.label), faint: true })),
    ...raw.map((one) => ({ ...one, y: smoothed(one.y, kind, strength) })),
  ];
}

function Full({ task, started, chart, view, setView }: Omit<GroupProps, "charts"> & { chart: Chart | undefined }) {
  const charts = useMemo(() => (chart ? [chart] : []), [chart]);
  const { histogram, error } = useHistogram(task, charts, view.x, SAMPLES_LARGE, chart !== undefined);
  if (!chart) return null;
  return (
    <Dialog title={chart.title} wide onClose={() => setView({ full: "" })}>
      <div className={styles.full}>
        {error && <Failure error={error} />}
        <Panel
          chart={chart}
          curves={histogram?.[chart.metric]}
          height={Math.max(260, Math.round(innerHeight * 0.55))}
          started={started}
          view={view}
          setView={setView}
          large
        />
      </div>
    </Dialog>
  );
}

// Single values

function useSingleValues(task: string) {
  const found = useCall("events.get_task_single_value_metrics", { tasks: [task] });
  const [own] = (found.data?.tasks ?? []) as {
    values?: { metric: string; variant: string; value: number; timestamp?: number }[];
  }[];
  return { ...found, values: own?.values ?? [] };
}

function SingleValues({ task, words }: { task: TaskDetails; words: string }) {
  const { values, error, refetch } = useSingleValues(task.id);
  const [all, setAll] = useState(false);
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  const shown = values.filter(({ variant }) => variant.toLowerCase().includes(words));
  if (shown.length === 0) return null;
  const few = all ? shown : shown.slice(0, 24);
  return (
    <section className={styles.singles} aria-label="Single values">
      <header className={styles.head}>
        <h3>Single values</h3>
        <Button
          small
          kind="quiet"
          icon="download"
          aria-label="Save the single values as CSV"
          onClick={() =>
            saveText(
              "single values.csv",
              "text/csv",
              `name,value\n${shown.map(({ variant, value }) => `"${variant.replaceAll('"', '""')}",${value}\n`).join("")}`,
            )
          }
        />
      </header>
      <table className={styles.values}>
        <tbody>
          {few.map(({ metric, variant, value }) => (
            <tr key={`${metric} ${variant}`}>
              <th scope="row">{variant}</th>
              <td title={String(value)}>{numeric(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {few.length < shown.length && (
        <div>
          <Button small onClick={() => setAll(true)}>
            All {shown.length}
          </Button>
        </div>
      )}
    </section>
  );
}
