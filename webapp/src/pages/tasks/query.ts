/** From the view to what the server is asked. */
import { escapePattern } from "@/lib/format";
import { parsed, pathOf } from "./columnIds";
import type { Limit, View } from "./view";

const KINDS_OF_OTHER_PAGES = ["-pipeline", "-dataset", "-reports"];
const SEARCHED = ["id", "name", "comment", "tags"];

/** Fields that the row itself needs: its link, its actions, its status. */
export const ROW_FIELDS = ["name", "status", "system_tags", "tags", "project.name", "company", "type"];

/** Columns that are limited by a range; `date`: days, `stamp`: days written with operators, `number` and `seconds`: as they are. */
export const RANGES: Record<string, { field: string; as: "date" | "stamp" | "number" | "seconds" }> = {
  created: { field: "created", as: "date" },
  started: { field: "started", as: "date" },
  updated: { field: "last_update", as: "stamp" },
  runtime: { field: "active_duration", as: "seconds" },
  iteration: { field: "last_iteration", as: "number" },
};

/** The conditions alone: for lists, counts and downloads alike. projects: ids, null: all. */
export function conditions(view: View, projects: string[] | null): Record<string, unknown> {
  const words = view.q.trim();
  const found: Record<string, unknown> = {
    system_tags: [view.archived ? "archived" : "-archived", ...KINDS_OF_OTHER_PAGES],
  };
  if (projects) found.project = projects;
  if (words) found._any_ = { fields: SEARCHED, pattern: view.re ? words : escapePattern(words) };
  if (view.status.length) {
    found.status = view.status.flatMap((one) => (one === "completed" ? ["completed", "closed"] : [one]));
  }
  if (view.type.length) found.type = view.type;
  if (view.user.length) found.user = view.user;
  if (view.tags.length) found.filters = { tags: tagFilter(view.tags, view.tagmode) };
  for (const [id, limit] of Object.entries(view.f)) Object.assign(found, limited(id, limit));
  return found;
}

function tagFilter(tags: string[], mode: "any" | "all") {
  const include = tags.filter((tag) => !tag.startsWith("-"));
  const exclude = tags.filter((tag) => tag.startsWith("-")).map((tag) => tag.slice(1));
  return {
    ...(include.length ? { [mode]: { include } } : {}),
    // Whatever the mode: none of the excluded ones. `all.exclude` is the one that means so.
    ...(exclude.length ? { all: { ...(mode === "all" && include.length ? { include } : {}), exclude } } : {}),
  };
}

function limited(id: string, limit: Limit): Record<string, unknown> {
  const column = parsed(id);
  if ("values" in limit) {
    return column?.kind === "parameter" && limit.values.length ? { [pathOf(column)]: limit.values } : {};
  }
  const { from, to } = limit;
  if (from === null && to === null) return {};
  if (column?.kind === "metric") return { [pathOf(column)]: [from, to] };
  const range = RANGES[id];
  if (!range) return {};
  const end = typeof to === "string" ? `${to}T23:59:59.999` : to;
  if (range.as === "stamp") {
    return { [range.field]: [...(from === null ? [] : [`>=${from}`]), ...(end === null ? [] : [`<=${end}`])] };
  }
  return { [range.field]: [from, end] };
}
