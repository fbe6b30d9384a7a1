/** Hyperparameters as rows. */
import type { Parameter } from "./data";

export type ParameterRow = Required<Parameter>;
export interface Compared extends Omit<ParameterRow, "value"> {
  /** undefined: not set. */
  value: string | undefined;
  other?: string | undefined;
}

/** `properties` are the user's own notes and come last; the rest by name, numbers by size. */
export function flat(hyperparams: Record<string, Record<string, Parameter>> | undefined): ParameterRow[] {
  return Object.entries(hyperparams ?? {})
    .flatMap(([section, parameters]) =>
      Object.entries(parameters).map(([name, parameter]) => ({
        section: parameter.section ?? section,
        name: parameter.name ?? name,
        value: parameter.value ?? "",
        type: parameter.type ?? "",
        description: parameter.description ?? "",
      })),
    )
    .sort(byPlace);
}

function byPlace(a: { section: string; name: string }, b: { section: string; name: string }): number {
  const order = new Intl.Collator("en", { numeric: true });
  const last = Number(a.section === "properties") - Number(b.section === "properties");
  return last || order.compare(a.section, b.section) || order.compare(a.name, b.name);
}

/** Both tasks' parameters beside each other; without others each row as it is. */
export function compared(own: ParameterRow[], others: ParameterRow[] | undefined): Compared[] {
  if (!others) return own;
  const key = (row: ParameterRow) => JSON.stringify([row.section, row.name]);
  const rest = new Map(others.map((row) => [key(row), row]));
  const rows: Compared[] = own.map((row) => {
    const other = rest.get(key(row));
    rest.delete(key(row));
    return { ...row, other: other?.value };
  });
  for (const row of rest.values()) rows.push({ ...row, value: undefined, other: row.value });
  return rows.sort(byPlace);
}
