/** What happens to reported points before they are drawn: smoothing, clipping of outliers, the x axis. Pure. */

export type Smoothing = "none" | "ema" | "gaussian" | "mean";

/**
 * The curve, smoothed. strength: 0 (not at all) to 1 (very much).
 *
 * `ema` is the exponential mean without the pull of its beginning towards zero; `mean` and `gaussian` look as far to both sides.
 */
export function smoothed(y: ArrayLike<number | null>, kind: Smoothing, strength: number): (number | null)[] {
  const values = Array.from(y);
  if (kind === "none" || strength <= 0 || values.length < 3) return values;
  if (kind === "ema") return exponential(values, Math.min(0.999, strength));
  const radius = Math.max(1, Math.round((strength * strength * values.length) / 4));
  return kind === "mean" ? runningMean(values, radius) : gaussian(values, radius);
}

function exponential(values: (number | null)[], weight: number): (number | null)[] {
  let last = 0;
  let parts = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return value;
    last = last * weight + (1 - weight) * value;
    parts = parts * weight + (1 - weight);
    return last / parts;
  });
}

function runningMean(values: (number | null)[], radius: number): (number | null)[] {
  const sums = new Float64Array(values.length + 1);
  const counts = new Uint32Array(values.length + 1);
  values.forEach((value, at) => {
    const good = value !== null && Number.isFinite(value);
    sums[at + 1] = (sums[at] ?? 0) + (good ? value : 0);
    counts[at + 1] = (counts[at] ?? 0) + (good ? 1 : 0);
  });
  return values.map((value, at) => {
    // Both sides are as long, so that the ends are not pulled towards the middle.
    const reach = Math.min(radius, at, values.length - 1 - at);
    const [from, to] = [at - reach, at + reach + 1];
    const count = (counts[to] ?? 0) - (counts[from] ?? 0);
    return value === null || count === 0 ? value : ((sums[to] ?? 0) - (sums[from] ?? 0)) / count;
  });
}

/** Three running means come close to it, and take as long however wide it is. */
function gaussian(values: (number | null)[], radius: number): (number | null)[] {
  const third = Math.max(1, Math.round(radius / 1.7));
  return runningMean(runningMean(runningMean(values, third), third), third);
}

/** The lowest and highest value to show when outliers are left out: those far beyond what most points have. null: there are none. */
export function usualRange(curves: ArrayLike<number | null>[]): [number, number] | null {
  const values: number[] = [];
  for (const curve of curves)
    for (let at = 0; at < curve.length; at++) {
      const value = curve[at];
      if (typeof value === "number" && Number.isFinite(value)) values.push(value);
    }
  if (values.length < 8) return null;
  values.sort((a, b) => a - b);
  const quantile = (part: number) => values[Math.round((values.length - 1) * part)] ?? 0;
  const [low, high] = [quantile(0.05), quantile(0.95)];
  const margin = (high - low || Math.abs(high) || 1) * 0.5;
  const range: [number, number] = [
    Math.max(values[0] ?? low, low - margin),
    Math.min(values.at(-1) ?? high, high + margin),
  ];
  return range[0] === values[0] && range[1] === values.at(-1) ? null : range;
}

/** Without what a logarithmic axis cannot show. */
export function positive(
  x: ArrayLike<number>,
  y: ArrayLike<number | null>,
  logX: boolean,
  logY: boolean,
): { x: number[]; y: (number | null)[] } {
  const kept: { x: number[]; y: (number | null)[] } = { x: [], y: [] };
  for (let at = 0; at < x.length; at++) {
    const [one, two] = [x[at] ?? 0, y[at] ?? null];
    if (logX && one <= 0) continue;
    kept.x.push(one);
    kept.y.push(logY && two !== null && two <= 0 ? null : two);
  }
  return kept;
}

/** Comma separated values, one column a curve. */
export function csv(
  xLabel: string,
  curves: { label: string; x: ArrayLike<number>; y: ArrayLike<number | null> }[],
): string {
  const rows = new Map<number, (number | null)[]>();
  curves.forEach(({ x, y }, column) => {
    for (let at = 0; at < x.length; at++) {
      const place = x[at] ?? 0;
      let row = rows.get(place);
      if (!row) {
        row = curves.map(() => null);
        rows.set(place, row);
      }
      row[column] = y[at] ?? null;
    }
  });
  const lines = [...rows]
    .sort(([a], [b]) => a - b)
    .map(([place, row]) => [place, ...row.map((value) => value ?? "")].join(","));
  return [[xLabel, ...curves.map(({ label }) => label)].map(cell).join(","), ...lines, ""].join("\n");
}

function cell(words: string): string {
  // A leading sign would be a formula to a spreadsheet.
  const safe = /^[=+\-@]/.test(words) ? `'${words}` : words;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
