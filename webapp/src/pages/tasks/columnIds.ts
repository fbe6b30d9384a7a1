/**
 * The ids of columns. Fixed ones are words; a metric is `m:<md5 of metric>.<md5 of variant>.<value|min_value|max_value>`, a hyperparameter
 * `h:<section>/<name>`, both parts encoded as in an address.
 */

export const FIGURES = ["value", "min_value", "max_value"] as const;
export type Figure = (typeof FIGURES)[number];
export const FIGURE_WORDS: Record<Figure, string> = { value: "last", min_value: "min", max_value: "max" };

export interface MetricColumn {
  kind: "metric";
  metric: string;
  variant: string;
  figure: Figure;
}

export interface ParameterColumn {
  kind: "parameter";
  section: string;
  name: string;
}

export function metricId(metric: string, variant: string, figure: Figure): string {
  return `m:${metric}.${variant}.${figure}`;
}

export function parameterId(section: string, name: string): string {
  return `h:${encodeURIComponent(section)}/${encodeURIComponent(name)}`;
}

/** null: a fixed column, or no column at all. */
export function parsed(id: string): MetricColumn | ParameterColumn | null {
  const metric = /^m:([0-9a-f]{32})\.([0-9a-f]{32})\.(value|min_value|max_value)$/.exec(id);
  if (metric) {
    return { kind: "metric", metric: metric[1] ?? "", variant: metric[2] ?? "", figure: metric[3] as Figure };
  }
  const parameter = /^h:([^/]+)\/([^/]+)$/.exec(id);
  if (!parameter) return null;
  try {
    return {
      kind: "parameter",
      section: decodeURIComponent(parameter[1] ?? ""),
      name: decodeURIComponent(parameter[2] ?? ""),
    };
  } catch {
    return null;
  }
}

/** The path of a column's value in a task, as the server's queries take it. */
export function pathOf(column: MetricColumn | ParameterColumn): string {
  if (column.kind === "metric") return `last_metrics.${column.metric}.${column.variant}.${column.figure}`;
  return `hyperparams.${escapeKey(column.section)}.${escapeKey(column.name)}.value`;
}

/** The stored form of a name that somebody chose (spec 2 §4): a dot in it must not look like a level. */
export function escapeKey(key: string): string {
  const stored = key
    .trim()
    .replaceAll("%", "%%")
    .replaceAll(".", "%2E")
    .replaceAll("$", "%24")
    .replaceAll("__", "%_%_");
  return stored.startsWith("_") ? `%${stored}` : stored;
}
