/** The rows of the table: pages, their number, and the same rows again for live refresh. */
import { useMemo } from "react";
import { call } from "@/api/client";
import type { TaskRow } from "@/api/entities";
import { useCall } from "@/api/hooks";
import type { Source } from "@/lib/paged";
import { conditions, ROW_FIELDS } from "./query";
import type { View } from "./view";

const MOST_PROJECTS = 10_000;
const IDS_AT_ONCE = 5_000;

/** The project and all below it, as ids; null: every project. undefined: not known yet. */
export function useScope(project: string, own: boolean) {
  const all = project === "*";
  const below = useCall(
    "projects.get_all_ex",
    { parent: [project], only_fields: ["id"], search_hidden: true, page: 0, page_size: MOST_PROJECTS },
    { enabled: !all && !own, staleTime: 30_000, select: (data) => (data.projects ?? []).map(({ id }) => id ?? "") },
  );
  const ids = useMemo(
    () => (all ? null : own ? [project] : below.data ? [project, ...below.data] : undefined),
    [all, own, project, below.data],
  );
  return { ids, error: below.error, retry: () => void below.refetch() };
}

export function sourceOf(view: View, projects: string[] | null, fields: string[]): Source<TaskRow> {
  const where = conditions(view, projects);
  const only_fields = [...new Set([...ROW_FIELDS, ...fields])].sort();
  const order_by = view.sort;
  const rows = async (request: Record<string, unknown>, signal: AbortSignal) => {
    const answer = await call("tasks.get_all_ex", { ...request, only_fields }, { signal });
    return (answer.tasks ?? []) as unknown as TaskRow[];
  };
  return {
    key: ["tasks", where, order_by, only_fields],
    count: (signal) => countOf(where, signal),
    page: (page, page_size, signal) => rows({ ...where, order_by, page, page_size }, signal),
    byIds: (ids, signal) => rows({ id: ids, page: 0, page_size: ids.length }, signal),
    keyOf: ({ id }) => id,
  };
}

async function countOf(where: Record<string, unknown>, signal: AbortSignal): Promise<number> {
  const answer = (await call("organization.get_entities_count", { tasks: where }, { signal })) as {
    tasks?: number;
    errors?: { tasks?: string };
  };
  if (answer.errors?.tasks) throw new Error(answer.errors.tasks);
  return answer.tasks ?? 0;
}

/** Every task that fits, with what bulk actions ask for. */
export async function allMatching(view: View, projects: string[] | null): Promise<TaskRow[]> {
  const where = conditions(view, projects);
  const found: TaskRow[] = [];
  for (let page = 0; ; page++) {
    const answer = await call("tasks.get_all_ex", {
      ...where,
      order_by: ["created"],
      only_fields: ROW_FIELDS,
      page,
      page_size: IDS_AT_ONCE,
    });
    const rows = (answer.tasks ?? []) as unknown as TaskRow[];
    found.push(...rows);
    if (rows.length < IDS_AT_ONCE) return found;
  }
}
