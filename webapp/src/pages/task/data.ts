/** The task as the tabs see it. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { Ref, TaskRow } from "@/api/entities";
import { refresh, useCall } from "@/api/hooks";

export interface Artifact {
  key: string;
  type?: string;
  mode?: string;
  uri?: string;
  hash?: string;
  content_size?: number;
  timestamp?: number;
  type_data?: { preview?: string; content_type?: string; data_hash?: string };
  display_data?: [string, string][];
}

export interface ModelUse {
  name?: string;
  model?: Ref & { project?: Ref; framework?: string; uri?: string; ready?: boolean };
}

export interface Parameter {
  section: string;
  name: string;
  value: string;
  type?: string;
  description?: string;
}

export interface ConfigurationObject {
  name: string;
  value?: string;
  type?: string;
  description?: string;
}

/** A task with its references written out. The generated types know neither those nor what is in maps. */
export type TaskDetails = Omit<
  TaskRow,
  "execution" | "models" | "hyperparams" | "configuration" | "container" | "runtime"
> & {
  execution?: { queue?: Ref & { display_name?: string }; artifacts?: Artifact[]; framework?: string };
  models?: { input?: ModelUse[]; output?: ModelUse[] };
  hyperparams?: Record<string, Record<string, Parameter>>;
  configuration?: Record<string, ConfigurationObject>;
  container?: { image?: string; arguments?: string; setup_shell_script?: string };
  runtime?: Record<string, string>;
  parent?: Ref & { project?: Ref };
};

const FRAME = [
  ...[
    "name",
    "type",
    "status",
    "status_message",
    "status_reason",
    "status_changed",
    "comment",
    "created",
    "started",
    "completed",
  ],
  ...[
    "published",
    "active_duration",
    "last_update",
    "last_change",
    "last_iteration",
    "last_worker",
    "last_worker_report",
  ],
  ...["tags", "system_tags", "user.name", "project.name", "parent.name", "parent.project.id", "company", "runtime"],
  ...["execution.queue.name", "execution.queue.display_name", "output"],
];

/** What the header and most tabs need; asked again every ten seconds. Missing: null. */
export function useTask(id: string) {
  const client = useQueryClient();
  const found = useCall("tasks.get_by_id_ex", { id: [id], only_fields: FRAME }, { live: true });
  const task = found.data?.tasks?.[0] as TaskDetails | undefined;
  const stamp = task && stampOf(task);
  const before = useRef(stamp);
  useEffect(() => {
    // Reports of the task are asked for again only when it has changed.
    if (stamp && before.current && before.current !== stamp) refresh(client, ["events"]);
    before.current = stamp;
  }, [stamp, client]);
  return { ...found, task: found.data && (task ?? null) };
}

/** More fields of the task, for one tab; asked again when the task has changed. */
export function useTaskFields(task: TaskDetails, fields: string[]) {
  const found = useCall("tasks.get_by_id_ex", { id: [task.id], only_fields: fields });
  const stamp = stampOf(task);
  const before = useRef(stamp);
  const { refetch } = found;
  useEffect(() => {
    if (before.current !== stamp) void refetch();
    before.current = stamp;
  }, [stamp, refetch]);
  return { ...found, details: found.data?.tasks?.[0] as TaskDetails | undefined };
}

/** When a task last changed, for everything that shows a part of it. */
export function stampOf(task: TaskDetails): string {
  return `${task.last_change} ${task.last_update} ${task.status}`;
}

export function isDraft(task: TaskDetails): boolean {
  return task.status === "created";
}

export function isArchived(task: TaskDetails): boolean {
  return task.system_tags?.includes("archived") ?? false;
}

export function isOver(task: TaskDetails): boolean {
  return ["completed", "stopped", "failed", "published", "closed"].includes(task.status ?? "");
}

/** Address of a task's tab in this app. */
export function taskAddress(id: string, project: string | undefined, tab = ""): string {
  return `/projects/${project || "*"}/tasks/${id}${tab && `/${tab}`}`;
}
