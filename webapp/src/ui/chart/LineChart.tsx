/**
 * Curves on a canvas (uPlot). Charts with the same `sync` share their cross-hair. Drawn only once it comes into view; dragging zooms,
 * a double click shows all. Beside the picture there is always the table of its values, for those who cannot see it.
 */
import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { token, useDark } from "@/app/theme";
import { numeric } from "@/lib/format";
import { useSeen } from "@/lib/seen";
import { colour } from "./colours";
import styles from "./LineChart.module.css";

export interface Series {
  label: string;
  x: ArrayLike<number>;
  y: ArrayLike<number | null>;
  /** Default: by the label, always the same. */
  colour?: string;
  /** The raw curve behind a smoothed one. */
  faint?: boolean;
  dashed?: boolean;
}

interface Props {
  title: string;
  series: Series[];
  height?: number;
  xLabel?: string;
  /** x is a time in seconds since 1970. */
  time?: boolean;
  logX?: boolean;
  logY?: boolean;
  sync?: string;
  /** The part of the x axis that is shown; null: all. */
  zoom?: [number, number] | null;
  onZoom?: (zoom: [number, number] | null) => void;
  /** The furthest that the y axis goes, for curves with outliers; null: as far as the points do. */
  yRange?: [number, number] | null;
  /** Labels that are hidden. */
  hidden?: ReadonlySet<string>;
  onToggle?: (label: string, alone: boolean) => void;
}

const HEIGHT_PX = 240;
const TABLE_ROWS = 20;

export function LineChart(props: Props) {
  const { title, series, height = HEIGHT_PX, time, logX, logY, sync, hidden } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const callbacks = useRef(props);
  callbacks.current = props;
  const seen = useSeen(place, 200);
  const dark = useDark();
  const shown = useMemo(() => series.filter(({ label }) => !hidden?.has(label)), [series, hidden]);
  const data = useMemo(() => aligned(shown), [shown]);
  const shape = JSON.stringify([
    shown.map(({ label, colour: own, faint, dashed }) => [label, own, faint, dashed]),
    time,
    logX,
    logY,
    sync,
  ]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for the series' looks; the theme's colours are read from the page
  useEffect(() => {
    const element = place.current;
    if (!element || !seen) return;
    const made = new uPlot(options(callbacks, shown, element.clientWidth, height), data, element);
    plot.current = made;
    const { zoom } = callbacks.current;
    if (zoom) made.setScale("x", { min: zoom[0], max: zoom[1] });
    const sized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    sized.observe(element);
    return () => {
      sized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [seen, shape, height, dark]);
  useEffect(() => {
    const made = plot.current;
    if (!made || made.data === data) return;
    const { zoom } = callbacks.current;
    made.setData(data, !zoom);
    if (zoom) made.setScale("x", { min: zoom[0], max: zoom[1] });
  }, [data]);
  const [from, to] = props.zoom ?? [undefined, undefined];
  useEffect(() => {
    const made = plot.current;
    if (!made) return;
    // Without bounds it is all of the data again, which uPlot works out anew when it is given the data.
    if (from === undefined || to === undefined) made.setData(made.data, true);
    else made.setScale("x", { min: from, max: to });
  }, [from, to]);
  const [low, high] = props.yRange ?? [undefined, undefined];
  // biome-ignore lint/correctness/useExhaustiveDependencies: the scale reads the range from `callbacks`
  useEffect(() => {
    const { min, max } = plot.current?.scales.x ?? {};
    if (min !== undefined && max !== undefined) plot.current?.setScale("x", { min, max });
  }, [low, high]);

  return (
    <figure className={styles.chart} aria-label={title}>
      <div ref={place} className={styles.plot} style={{ minHeight: height }} />
      <ul className={styles.legend}>
        {series.map(({ label, colour: own, faint }) => {
          if (faint) return null;
          const off = hidden?.has(label) ?? false;
          return (
            <li key={label}>
              <button
                type="button"
                className={styles.key}
                aria-pressed={!off}
                disabled={!props.onToggle}
                title={`${label}${props.onToggle ? "\nClick hides it, shift-click hides all others" : ""}`}
                onClick={(event) => props.onToggle?.(label, event.shiftKey)}
              >
                <svg width="12" height="12" aria-hidden="true">
                  <rect
                    y="4"
                    width="12"
                    height="4"
                    rx="2"
                    fill={off ? "var(--border-strong)" : (own ?? colour(label))}
                  />
                </svg>
                <span className={off ? styles.off : undefined}>{label}</span>
              </button>
            </li>
          );
        })}
      </ul>
      <ValuesTable title={title} series={series.filter(({ faint }) => !faint)} xLabel={props.xLabel ?? "x"} />
    </figure>
  );
}

function ValuesTable({ title, series, xLabel }: { title: string; series: Series[]; xLabel: string }) {
  return (
    <table className="visually-hidden">
      <caption>{title}: the last values</caption>
      <tbody>
        {series.slice(0, TABLE_ROWS).map(({ label, x, y }) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td>
              {xLabel} {numeric(x[x.length - 1])}: {numeric(y[y.length - 1])}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** uPlot takes one x axis for all series. */
export function aligned(series: Series[]): uPlot.AlignedData {
  const [only] = series;
  if (!only) return [[]];
  if (series.every(({ x }) => x === only.x)) return [Array.from(only.x), ...series.map(({ y }) => Array.from(y))];
  return uPlot.join(
    series.map(({ x, y }) => [Array.from(x), Array.from(y)]),
    series.map(() => [2]),
  );
}

function options(current: { current: Props }, series: Series[], width: number, height: number): uPlot.Options {
  const props = current.current;
  const ink = token("--text-3");
  const grid = { stroke: token("--grid"), width: 1 };
  const font = "12px system-ui, sans-serif";
  const axis: uPlot.Axis = { stroke: ink, grid, ticks: grid, font, labelFont: font, labelSize: 20 };
  return {
    width,
    height,
    legend: { show: false },
    cursor: {
      drag: { x: true, y: false, uni: 20 },
      focus: { prox: 24 },
      points: { size: 7 },
      ...(props.sync ? { sync: { key: props.sync, setSeries: false } } : {}),
    },
    focus: { alpha: 0.35 },
    scales: {
      x: { time: props.time ?? false, distr: props.logX ? 3 : 1 },
      y: { distr: props.logY ? 3 : 1, range: yRange(current) },
    },
    axes: [
      { ...axis, ...(props.xLabel ? { label: props.xLabel } : {}) },
      { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : numeric(tick))) },
    ],
    series: [
      {},
      ...series.map(({ label, colour: own, faint, dashed, x }) => ({
        label,
        stroke: own ?? colour(label),
        width: faint ? 1 : 1.75,
        alpha: faint ? 0.3 : 1,
        spanGaps: true,
        points: { show: x.length === 1, size: 6 },
        ...(dashed ? { dash: [6, 4] } : {}),
      })),
    ],
    plugins: [tooltip()],
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width: chosen } = plot.select;
          if (chosen > 0) current.current.onZoom?.([plot.posToVal(left, "x"), plot.posToVal(left + chosen, "x")]);
        },
      ],
      ready: [(plot) => plot.over.addEventListener("dblclick", () => current.current.onZoom?.(null))],
    },
  };
}

/** As uPlot does it, within the range that the caller allows. */
function yRange(current: { current: Props }): uPlot.Scale.Range {
  return (_, least: number | null, most: number | null) => {
    if (least === null || most === null) return [null, null];
    const { yRange: allowed, logY } = current.current;
    const [low, high] = allowed ? [Math.max(least, allowed[0]), Math.min(most, allowed[1])] : [least, most];
    if (logY) return uPlot.rangeLog(low, high, 10, false);
    return uPlot.rangeNum(low, high, 0.1, true);
  };
}

/** The values under the cross-hair, the nearest curve first. */
function tooltip(): uPlot.Plugin {
  const box = document.createElement("div");
  box.className = styles.tip ?? "";
  box.hidden = true;
  return {
    hooks: {
      init: [(plot) => plot.over.append(box)],
      setCursor: [
        (plot) => {
          const { idx, left = -1, top = -1 } = plot.cursor;
          if (idx === null || idx === undefined || left < 0) {
            box.hidden = true;
            return;
          }
          const rows = plot.series.slice(1).flatMap((one, at) => {
            const value = plot.data[at + 1]?.[idx];
            return value === null || value === undefined || one.alpha === 0.3
              ? []
              : [{ one, value, far: Math.abs(plot.valToPos(value, "y") - top) }];
          });
          rows.sort((a, b) => a.far - b.far);
          const x = plot.data[0][idx] ?? 0;
          const head = document.createElement("strong");
          head.textContent = plot.scales.x?.time ? new Date(x * 1000).toLocaleString() : numeric(x);
          box.replaceChildren(
            head,
            ...rows.slice(0, 8).map(({ one, value }) => {
              const line = document.createElement("div");
              const name = document.createElement("span");
              name.textContent = String(one.label);
              name.style.color = typeof one.stroke === "function" ? String(one.stroke(plot, 1)) : String(one.stroke);
              const number = document.createElement("b");
              number.textContent = numeric(value);
              line.append(name, number);
              return line;
            }),
          );
          box.hidden = rows.length === 0;
          const right = left > plot.over.clientWidth / 2;
          box.style.left = right ? "" : `${left + 14}px`;
          box.style.right = right ? `${plot.over.clientWidth - left + 14}px` : "";
          box.style.top = "6px";
        },
      ],
    },
  };
}
