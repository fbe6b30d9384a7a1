/** Documents as the `_ex` lists give them: references written out, figures added. The generated types know references as ids only. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export interface Ref {
  id: string;
  name?: string;
}

type Written<T, Keys extends string> = Omit<T, Keys | "id"> & { id: string } & { [K in Keys]?: Ref };

/** One metric's figures in `last_metrics`, by the md5 of metric and variant. */
export interface LastMetric {
  metric?: string;
  variant?: string;
  value?: number;
  min_value?: number;
  max_value?: number;
}

export type TaskRow = Omit<
  Written<Schemas["tasks.task"], "user" | "project" | "parent" | "company">,
  "last_metrics" | "hyperparams"
> & {
  last_metrics?: Record<string, Record<string, LastMetric>>;
  hyperparams?: Record<string, Record<string, { value?: string; section?: string; name?: string }>>;
};

export interface ProjectStats {
  total_tasks?: number;
  total_runtime?: number;
  completed_tasks_24h?: number;
  status_count?: Record<string, number>;
}

export type ProjectRow = Written<Schemas["projects.projects_get_all_response_single"], "user" | "company"> & {
  stats?: { active?: ProjectStats; archived?: ProjectStats };
  sub_projects?: { id?: string; name?: string }[];
};

/** `company: {id: ""}`: an example that everybody sees and nobody changes. */
export function isReadOnly(row: { company?: Ref }): boolean {
  return row.company !== undefined && row.company.id === "";
}
