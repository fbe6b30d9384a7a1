/** The columns: what each asks the server for, shows, sorts by, and writes into a file. */
import { Link } from "react-router";
import type { TaskRow } from "@/api/entities";
import { ago, dateTime, duration, numeric } from "@/lib/format";
import { Status } from "@/ui/Status";
import { Tags } from "@/ui/Tags";
import type { Column } from "@/ui/table/Table";
import { FIGURE_WORDS, parsed, pathOf } from "./columnIds";
import styles from "./Tasks.module.css";

export interface TaskColumn extends Column<TaskRow> {
  /** What the row needs, as dotted paths. */
  fields: string[];
  /** Path of the value in a downloaded table. */
  csv: string;
}

export interface MetricName {
  metric?: string;
  metric_hash?: string;
  variant?: string;
  variant_hash?: string;
}

export function taskLink(task: TaskRow): string {
  return `/projects/${task.project?.id ?? "*"}/tasks/${task.id}`;
}

function Moment({ at }: { at: string | undefined }) {
  return (
    <time dateTime={at} title={dateTime(at)}>
      {ago(at)}
    </time>
  );
}

function Text({ children }: { children: string | undefined }) {
  return (
    <span className={styles.text} title={children}>
      {children}
    </span>
  );
}

function moment(id: string, title: string, field: "last_update" | "started" | "completed" | "created"): TaskColumn {
  return {
    id,
    title,
    width: 140,
    fields: [field],
    csv: field,
    sort: field,
    cell: (task) => <Moment at={task[field]} />,
  };
}

/** In the order of the chooser. */
export const FIXED: TaskColumn[] = [
  {
    id: "name",
    title: "Name",
    width: 300,
    pinned: true,
    fields: ["name"],
    csv: "name",
    sort: "name",
    cell: (task) => (
      <Link to={taskLink(task)} className={styles.name} title={task.name}>
        {task.name}
      </Link>
    ),
  },
  {
    id: "status",
    title: "Status",
    width: 150,
    fields: ["status", "runtime.progress"],
    csv: "status",
    sort: "status",
    cell: (task) => {
      const progress = Number((task.runtime as Record<string, unknown> | undefined)?.progress);
      return (
        <>
          <Status status={task.status} />
          {task.status === "in_progress" && progress > 0 && (
            <span className={styles.muted}>{Math.round(progress)} %</span>
          )}
        </>
      );
    },
  },
  {
    id: "type",
    title: "Type",
    width: 120,
    fields: ["type"],
    csv: "type",
    sort: "type",
    cell: (task) => task.type?.replaceAll("_", " "),
  },
  { id: "tags", title: "Tags", width: 200, fields: ["tags"], csv: "tags", cell: (task) => <Tags names={task.tags} /> },
  {
    id: "user",
    title: "User",
    width: 130,
    fields: ["user.name"],
    csv: "user.name",
    cell: (task) => <Text>{task.user?.name}</Text>,
  },
  {
    id: "project",
    title: "Project",
    width: 200,
    fields: ["project.name"],
    csv: "project.name",
    cell: (task) =>
      task.project && (
        <Link to={`/projects/${task.project.id}/tasks`} className={styles.text} title={task.project.name}>
          {task.project.name}
        </Link>
      ),
  },
  moment("updated", "Updated", "last_update"),
  moment("started", "Started", "started"),
  moment("completed", "Completed", "completed"),
  moment("created", "Created", "created"),
  {
    id: "runtime",
    title: "Run time",
    width: 110,
    align: "end",
    fields: ["active_duration"],
    csv: "active_duration",
    sort: "active_duration",
    cell: (task) => duration(task.active_duration),
  },
  {
    id: "iteration",
    title: "Iterations",
    width: 115,
    align: "end",
    fields: ["last_iteration"],
    csv: "last_iteration",
    sort: "last_iteration",
    cell: (task) => task.last_iteration?.toLocaleString("en"),
  },
  {
    id: "parent",
    title: "Made from",
    width: 180,
    fields: ["parent.name", "parent.project.id"],
    csv: "parent.name",
    cell: (task) => {
      const parent = task.parent as { id?: string; name?: string; project?: { id?: string } } | undefined;
      return (
        parent?.name && (
          <Link to={`/projects/${parent.project?.id ?? "*"}/tasks/${parent.id}`} className={styles.text}>
            {parent.name}
          </Link>
        )
      );
    },
  },
  {
    id: "worker",
    title: "Worker",
    width: 160,
    fields: ["last_worker"],
    csv: "last_worker",
    cell: (task) => <Text>{task.last_worker}</Text>,
  },
  {
    id: "comment",
    title: "Comment",
    width: 220,
    fields: ["comment"],
    csv: "comment",
    sort: "comment",
    cell: (task) => <Text>{task.comment}</Text>,
  },
  {
    id: "id",
    title: "Id",
    width: 280,
    fields: ["id"],
    csv: "id",
    cell: (task) => <code className={styles.text}>{task.id}</code>,
  },
];

/** The column of an id; null for one that does not exist. metrics: the names that belong to hashes, once they are here. */
export function columnOf(id: string, metrics: MetricName[] | undefined): TaskColumn | null {
  const column = parsed(id);
  if (!column) return FIXED.find((one) => one.id === id) ?? null;
  const path = pathOf(column);
  if (column.kind === "parameter") {
    return {
      id,
      title: column.name,
      hint: `Parameter ${column.section}/${column.name}`,
      width: 130,
      fields: [path],
      csv: path,
      sort: path,
      cell: (task) => <Text>{task.hyperparams?.[column.section]?.[column.name]?.value}</Text>,
    };
  }
  const names = metrics?.find(
    ({ metric_hash, variant_hash }) => metric_hash === column.metric && variant_hash === column.variant,
  );
  const words = names ? metricWords(names) : metrics ? "Metric that is no more" : "…";
  return {
    id,
    title: `${words} · ${FIGURE_WORDS[column.figure]}`,
    hint: `${words}, ${FIGURE_WORDS[column.figure]} value`,
    width: 170,
    align: "end",
    fields: [path],
    csv: path,
    sort: path,
    cell: (task) => {
      const value = task.last_metrics?.[column.metric]?.[column.variant]?.[column.figure];
      return value === undefined ? null : <span title={String(value)}>{numeric(value)}</span>;
    },
  };
}

/** A single value's metric is named after what it is. */
export function metricWords({ metric, variant }: MetricName): string {
  return metric === "Summary" ? (variant ?? "") : `${metric} / ${variant}`;
}
