/** Reported plots as data. What was reported may be anything. */

export interface Figure {
  data: Record<string, unknown>[];
  layout: Record<string, unknown>;
}

const CARTESIAN = new Set([
  ...[
    "scatter",
    "bar",
    "box",
    "heatmap",
    "histogram",
    "histogram2d",
    "histogram2dcontour",
    "contour",
    "image",
    "pie",
    "violin",
  ],
  ...["scatterternary"],
]);

/** null: it is no figure. */
export function figureOf(words: string | undefined): Figure | null {
  if (!words) return null;
  try {
    const given: unknown = JSON.parse(words);
    if (typeof given !== "object" || given === null) return null;
    const { data, layout } = given as { data?: unknown; layout?: unknown };
    const traces = Array.isArray(data) ? data : data ? [data] : [];
    return {
      data: traces
        .filter((trace): trace is Record<string, unknown> => typeof trace === "object" && trace !== null)
        .map(onCanvas),
      layout: typeof layout === "object" && layout !== null ? (layout as Record<string, unknown>) : {},
    };
  } catch {
    return null;
  }
}

/** WebGL has few contexts and looks the same. */
function onCanvas(trace: Record<string, unknown>): Record<string, unknown> {
  return trace.type === "scattergl"
    ? { ...trace, type: "scatter" }
    : trace.type === "heatmapgl"
      ? { ...trace, type: "heatmap" }
      : trace;
}

/** Whether the small part of Plotly cannot draw it: three dimensions, maps, parallel coordinates and the like. */
export function needsAll({ data }: Figure): boolean {
  return data.some(({ type }) => type !== undefined && !CARTESIAN.has(String(type)));
}

export interface PlotTable {
  head: string[];
  rows: string[][];
}

/** A table alone is shown as one: it can be read, searched and copied. null: it is none. */
export function tableOf({ data }: Figure): PlotTable | null {
  const [only] = data;
  if (data.length !== 1 || only?.type !== "table") return null;
  const columns = valuesOf(only.cells);
  const length = Math.max(0, ...columns.map((column) => column.length));
  return {
    head: valuesOf(only.header).map((parts) => parts.map(String).join(" ")),
    rows: Array.from({ length }, (_, at) => columns.map((column) => wordsOf(column[at]))),
  };
}

function valuesOf(part: unknown): unknown[][] {
  const values = (part as { values?: unknown } | undefined)?.values;
  return Array.isArray(values) ? values.map((one) => (Array.isArray(one) ? one : [one])) : [];
}

function wordsOf(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
}
