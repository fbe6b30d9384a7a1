/** What the table shows: all of it is in the address. A preset is such an address with a name (see `presets.ts`). */
import { type Codec, flag, json, list, oneOf, text, type Values } from "@/lib/urlState";

export const DEFAULT_COLUMNS = ["name", "status", "tags", "user", "updated", "runtime", "iteration"];
export const DEFAULT_SORT = ["-last_update"];

/** Of one column: the ends of a range (null: open), or the values that are let through. */
export type Limit = { from: string | number | null; to: string | number | null } | { values: string[] };

function isLimits(value: unknown): value is Record<string, Limit> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every(
      (one) => typeof one === "object" && one !== null && (Array.isArray(one.values) || ("from" in one && "to" in one)),
    )
  );
}

function isWidths(value: unknown): value is Record<string, number> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((one) => typeof one === "number" && one >= 40)
  );
}

/** Only what can be the path of a field. */
function fieldNames(initial: string[]): Codec<string[]> {
  const words = list(initial);
  const isPath = (word: string) => /^-?[^\s.\p{Cc}]+(\.[^\s.\p{Cc}]+)*$/u.test(word);
  return { ...words, read: (given) => (words.read(given)?.every(isPath) ? words.read(given) : undefined) };
}

export const VIEW = {
  /** Words to find, or with `re` a pattern. */
  q: text(),
  re: flag(),
  sort: fieldNames(DEFAULT_SORT),
  cols: list(DEFAULT_COLUMNS),
  w: json<Record<string, number>>({}, isWidths),
  status: list(),
  type: list(),
  user: list(),
  /** A leading minus: tasks that have the tag are left out. */
  tags: list(),
  tagmode: oneOf(["any", "all"], "any"),
  /** Limits of other columns, by the column's id. */
  f: json<Record<string, Limit>>({}, isLimits),
  archived: flag(),
  /** Only the project itself, without those below. */
  own: flag(),
};

export type View = Values<typeof VIEW>;

/** No filter at all. */
export const FILTERS: Partial<View> = {
  q: "",
  re: false,
  status: [],
  type: [],
  user: [],
  tags: [],
  tagmode: "any",
  f: {},
};

export function isFiltered(view: View): boolean {
  return (
    view.q.trim() !== "" ||
    [view.status, view.type, view.user, view.tags].some((one) => one.length > 0) ||
    Object.keys(view.f).length > 0
  );
}
