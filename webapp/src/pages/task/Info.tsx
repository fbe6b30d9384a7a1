/** The overview: who, when, how long, from what, and the last figures. */
import { useMemo, useState } from "react";
import { Link } from "react-router";
import { isReadOnly, type LastMetric } from "@/api/entities";
import { useAction } from "@/api/hooks";
import { ago, dateTime, duration, numeric, stamp } from "@/lib/format";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CodeBlock";
import { controlClass } from "@/ui/Field";
import { Empty, Failure, Loading } from "@/ui/states";
import { toast } from "@/ui/toast";
import { type TaskDetails, taskAddress, useTaskFields } from "./data";
import styles from "./Info.module.css";
import { Card, FactList, Search } from "./parts";

/** The iteration under which single values are kept; see events.md. */
const SINGLE = -(2 ** 31);

export function Info({ task }: { task: TaskDetails }) {
  return (
    <div className={styles.columns}>
      <div className={styles.column}>
        <Comment key={task.comment} task={task} />
        <LastValues task={task} />
      </div>
      <div className={styles.column}>
        <Card title="Run">
          <FactList facts={runFacts(task)} />
        </Card>
        <Card title="Environment">
          <FactList facts={Object.entries(task.runtime ?? {}).map(([name, value]) => [name, String(value)])} />
        </Card>
      </div>
    </div>
  );
}

function runFacts(task: TaskDetails): [string, React.ReactNode][] {
  return [
    ["Project", task.project && <Link to={`/projects/${task.project.id}/tasks`}>{task.project.name}</Link>],
    ["User", task.user?.name],
    [
      "Parent",
      task.parent?.id &&
        (task.parent.name ? (
          <Link to={taskAddress(task.parent.id, task.parent.project?.id)}>{task.parent.name}</Link>
        ) : (
          "deleted"
        )),
    ],
    ["Created", time(task.created)],
    ["Started", time(task.started)],
    ["Ended", time(task.completed)],
    ["Published", time(task.published)],
    ["Run time", duration(runTime(task))],
    ["Last report", time(task.last_update)],
    ["Last iteration", task.last_iteration],
    ["Queue", task.execution?.queue?.display_name || task.execution?.queue?.name],
    ["Worker", task.last_worker],
    ["Status since", time(task.status_changed)],
    ["Status reason", task.status_reason],
    ["Status message", task.status_message],
    [
      "Id",
      <span key="id" className={styles.id}>
        <code>{task.id}</code>
        <CopyButton text={task.id} what="the id" />
      </span>,
    ],
  ];
}

function time(iso: string | undefined) {
  return iso && <span title={ago(iso)}>{dateTime(iso)}</span>;
}

/** Seconds: as the server counted them, for a running task until now. */
function runTime(task: TaskDetails): number | undefined {
  const started = stamp(task.started);
  if (task.status === "in_progress" && started !== null) return (Date.now() - started) / 1000;
  return task.active_duration;
}

function Comment({ task }: { task: TaskDetails }) {
  const [words, setWords] = useState<string | null>(null);
  const undo = useAction("tasks.update", { changes: ["tasks"] });
  const save = useAction("tasks.update", {
    changes: ["tasks"],
    onSuccess: () => {
      const before = { task: task.id, comment: task.comment ?? "" };
      toast.ok("Description changed", { undo: () => undo.mutate(before) });
      setWords(null);
    },
  });
  if (words === null)
    return (
      <Card
        title="Description"
        actions={
          !isReadOnly(task) && (
            <Button small kind="quiet" icon="edit" onClick={() => setWords(task.comment ?? "")}>
              Edit
            </Button>
          )
        }
      >
        <p className={task.comment ? styles.comment : styles.none}>
          {task.comment || "What was tried here, and what came of it? A line of your own helps later."}
        </p>
      </Card>
    );
  return (
    <Card title="Description">
      <textarea
        className={controlClass}
        aria-label="Description"
        rows={4}
        // biome-ignore lint/a11y/noAutofocus: whoever pressed Edit wants to type
        autoFocus
        value={words}
        onChange={(event) => setWords(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") setWords(null);
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save.mutate({ task: task.id, comment: words });
        }}
      />
      <span className={styles.buttons}>
        <Button onClick={() => setWords(null)}>Cancel</Button>
        <Button kind="primary" busy={save.isPending} onClick={() => save.mutate({ task: task.id, comment: words })}>
          Save
        </Button>
      </span>
    </Card>
  );
}

function LastValues({ task }: { task: TaskDetails }) {
  const [words, setWords] = useState("");
  const { details, error, refetch } = useTaskFields(task, ["last_metrics"]);
  const rows = useMemo(
    () =>
      Object.values(details?.last_metrics ?? {})
        .flatMap((variants) => Object.values(variants) as (LastMetric & { min_value_iteration?: number })[])
        .sort((a, b) => key(a).localeCompare(key(b), "en", { numeric: true })),
    [details],
  );
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  if (!details) return <Loading />;
  if (rows.length === 0)
    return (
      <Card title="Last values">
        <Empty title="No figures yet" icon="chart">
          <p>What the run reports with `logger.report_scalar` shows up here with its last, lowest and highest value.</p>
        </Empty>
      </Card>
    );
  const shown = rows.filter((row) => key(row).toLowerCase().includes(words.trim().toLowerCase()));
  return (
    <Card
      title="Last values"
      beside={rows.length}
      actions={rows.length > 8 && <Search label="Find a metric" value={words} onChange={setWords} />}
    >
      <div className={styles.scroll}>
        <table className={styles.values}>
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <th scope="col">Variant</th>
              <th scope="col">Last</th>
              <th scope="col">Lowest</th>
              <th scope="col">Highest</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => {
              const single = row.min_value_iteration === SINGLE;
              return (
                <tr key={key(row)}>
                  <td>{single ? <span className={styles.none}>single value</span> : row.metric}</td>
                  <td>{row.variant}</td>
                  <td>{numeric(row.value)}</td>
                  <td>{!single && numeric(row.min_value)}</td>
                  <td>{!single && numeric(row.max_value)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function key({ metric, variant }: LastMetric): string {
  return `${metric} / ${variant}`;
}
