/** One task: its head, what can be done to it, and the tabs. */
import { useEffect, useState } from "react";
import { Navigate, useLocation, useNavigate, useParams } from "react-router";
import { isReadOnly } from "@/api/entities";
import { useAction, useCall } from "@/api/hooks";
import { ago, counted, dateTime } from "@/lib/format";
import { useShortcuts } from "@/lib/shortcuts";
import { useTitle } from "@/lib/title";
import { Button } from "@/ui/Button";
import { copy } from "@/ui/CodeBlock";
import { Icon } from "@/ui/Icon";
import { PageHeader, Tabs } from "@/ui/PageHeader";
import { Popup } from "@/ui/Popup";
import { Status } from "@/ui/Status";
import { Boundary, Empty, Failure, Loading } from "@/ui/states";
import { Tag } from "@/ui/Tags";
import { toast } from "@/ui/toast";
import { Artifacts } from "./Artifacts";
import { type Doing, TaskDialogs, TaskMenu, useTaskActions } from "./actions";
import { Configuration } from "./Configuration";
import { Console } from "./Console";
import { isArchived, type TaskDetails, taskAddress, useTask } from "./data";
import { Execution } from "./Execution";
import { Images } from "./Images";
import { Info } from "./Info";
import { Plots } from "./Plots";
import { Scalars } from "./Scalars";
import styles from "./Task.module.css";
import { TABS, type Tab, tabOf } from "./tabs";

const SHOWN = {
  info: Info,
  execution: Execution,
  configuration: Configuration,
  artifacts: Artifacts,
  console: Console,
  scalars: Scalars,
  plots: Plots,
  images: Images,
} satisfies Record<Tab, (props: { task: TaskDetails }) => unknown>;

export function Component() {
  const { project = "*", task: id = "", "*": rest = "" } = useParams();
  const here = useLocation();
  const { tab, exact } = tabOf(rest);
  const own = taskAddress(id, project, tab);
  const found = useTask(id);
  useTitle(found.task?.name);
  if (!exact || here.pathname.includes("/experiments/")) return <Navigate to={own + here.search + here.hash} replace />;
  if (found.task) return <Page key={id} task={found.task} project={project} tab={tab} />;
  if (found.error) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (found.task === undefined) return <Loading what="Opening the task" />;
  return (
    <Empty title="There is no such task" icon="search">
      <p>
        It may have been deleted, or its id <code>{id}</code> is mistyped.
      </p>
    </Empty>
  );
}

function Page({ task, project, tab }: { task: TaskDetails; project: string; tab: Tab }) {
  const [doing, setDoing] = useState<Doing | null>(null);
  const navigate = useNavigate();
  const actions = useTaskActions(task, setDoing);
  const names = Object.keys(TABS) as Tab[];
  useShortcuts("Task", [
    ...names.map((name, index) => ({
      keys: String(index + 1),
      does: TABS[name],
      run: () => void navigate(taskAddress(task.id, project, name)),
    })),
    { keys: "e", does: "Enqueue", run: () => actions.may("enqueue") && setDoing("enqueue") },
    { keys: "a", does: "Archive or restore", run: () => actions.mayArchive && actions.archive(!isArchived(task)) },
  ]);
  const at = task.project?.id ?? "*";
  const crumbs = [
    { title: "Projects", to: "/projects" },
    ...(task.project?.name ? [{ title: task.project.name, to: `/projects/${at}/tasks` }] : []),
  ];
  const Shown = SHOWN[tab];
  return (
    <div className={`${styles.page} ${tab === "console" ? styles.whole : ""}`}>
      <PageHeader
        title={<Name key={task.name} task={task} />}
        crumbs={crumbs}
        beside={
          <>
            <Status status={task.status} />
            {isArchived(task) && <span className={styles.archived}>Archived</span>}
          </>
        }
        actions={
          <>
            <Share task={task} />
            <TaskMenu task={task} actions={actions} />
          </>
        }
      >
        <div className={styles.below}>
          <span className={styles.type}>{task.type?.replaceAll("_", " ")}</span>
          <TagsEditor task={task} />
          <Facts task={task} />
        </div>
        <Trouble task={task} />
        <Tabs
          label="Task"
          tabs={names.map((name) => ({
            title: TABS[name],
            to: taskAddress(task.id, project, name),
            active: name === tab,
          }))}
        />
      </PageHeader>
      <div className={styles.body}>
        <Boundary resetKey={`${task.id} ${tab}`}>
          <Shown task={task} />
        </Boundary>
      </div>
      {doing && <TaskDialogs doing={doing} task={task} onClose={() => setDoing(null)} />}
    </div>
  );
}

function Name({ task }: { task: TaskDetails }) {
  const [name, setName] = useState<string | null>(null);
  const undo = useAction("tasks.update", { changes: ["tasks"] });
  const rename = useAction("tasks.update", {
    changes: ["tasks"],
    onSuccess: () => {
      const before = { task: task.id, name: task.name ?? "" };
      toast.ok("Name changed", { undo: () => undo.mutate(before) });
      setName(null);
    },
  });
  const save = () => {
    const words = name?.trim() ?? "";
    if (!words || words === task.name) setName(null);
    else rename.mutate({ task: task.id, name: words });
  };
  if (name === null)
    return (
      <span className={styles.name}>
        <span className={styles.nameWords}>{task.name}</span>
        {!isReadOnly(task) && (
          <Button
            small
            kind="quiet"
            icon="edit"
            aria-label="Change the name"
            onClick={() => setName(task.name ?? "")}
          />
        )}
      </span>
    );
  return (
    <input
      className={styles.nameInput}
      aria-label="Name"
      // biome-ignore lint/a11y/noAutofocus: whoever asked to change the name wants to type
      autoFocus
      value={name}
      onChange={(event) => setName(event.target.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === "Enter") save();
        if (event.key === "Escape") setName(null);
      }}
    />
  );
}

/** The id, and a link that opens exactly what is shown now. */
function Share({ task }: { task: TaskDetails }) {
  const told = async (text: string, what: string) => {
    if (await copy(text)) toast.ok(`${what} copied`);
    else toast.error("The browser did not let the page copy. Select the text and copy it by hand.");
  };
  return (
    <>
      <Button kind="quiet" icon="key" title={task.id} aria-label="Copy the id" onClick={() => told(task.id, "Id")}>
        <code>{task.id.slice(0, 8)}</code>
      </Button>
      <Button
        kind="quiet"
        icon="link"
        aria-label="Copy a link to this view"
        onClick={() => told(location.href, "Link to this view")}
      />
    </>
  );
}

function TagsEditor({ task }: { task: TaskDetails }) {
  const change = useAction("tasks.update_tags", { changes: ["tasks", "projects.get_task_tags"] });
  const fixed = isReadOnly(task);
  const add = (tag: string) => change.mutate({ ids: [task.id], add_tags: [tag] });
  const remove = (tag: string) =>
    change.mutate(
      { ids: [task.id], remove_tags: [tag] },
      { onSuccess: () => toast.ok(`Tag ${tag} removed`, { undo: () => add(tag) }) },
    );
  return (
    <span className={styles.tags}>
      {task.tags?.map((tag) => (
        <Tag key={tag} name={tag} {...(fixed ? {} : { onRemove: () => remove(tag) })} />
      ))}
      {!fixed && (
        <Popup label="Add a tag" icon="plus" text={task.tags?.length ? undefined : "Tag"}>
          {(close) => (
            <NewTag
              task={task}
              onAdd={(tag) => {
                add(tag);
                close();
              }}
            />
          )}
        </Popup>
      )}
    </span>
  );
}

function NewTag({ task, onAdd }: { task: TaskDetails; onAdd: (tag: string) => void }) {
  const [tag, setTag] = useState("");
  const known = useCall("projects.get_task_tags", task.project ? { projects: [task.project.id] } : {});
  const free = (known.data?.tags ?? []).filter((name) => !task.tags?.includes(name));
  const fitting = free.filter((name) => name.toLowerCase().includes(tag.trim().toLowerCase())).slice(0, 12);
  return (
    <form
      className={styles.newTag}
      onSubmit={(event) => {
        event.preventDefault();
        if (tag.trim()) onAdd(tag.trim());
      }}
    >
      <input
        aria-label="New tag"
        placeholder="New tag, then Enter"
        value={tag}
        maxLength={100}
        onChange={(event) => setTag(event.target.value)}
      />
      {fitting.length > 0 && (
        <div className={styles.known}>
          {fitting.map((name) => (
            <button key={name} type="button" aria-label={`Add ${name}`} onClick={() => onAdd(name)}>
              <Tag name={name} />
            </button>
          ))}
        </div>
      )}
    </form>
  );
}

/** How it goes, in a line. */
function Facts({ task }: { task: TaskDetails }) {
  const progress = Number(task.runtime?.progress);
  return (
    <span className={styles.facts}>
      {(task.last_iteration ?? 0) > 0 && <span>{counted(task.last_iteration ?? 0, "iteration")}</span>}
      {task.status === "in_progress" && progress > 0 && progress < 100 && <span>{progress} %</span>}
      {task.status === "queued" && <span>in {task.execution?.queue?.display_name || task.execution?.queue?.name}</span>}
      <Ago iso={task.last_update} />
    </span>
  );
}

const TICK_MS = 15_000;

function Ago({ iso }: { iso: string | undefined }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return iso ? <span title={dateTime(iso)}>updated {ago(iso)}</span> : null;
}

/** What the server says about a task that failed or was ended. */
function Trouble({ task }: { task: TaskDetails }) {
  const words = [task.status_message, task.output?.error].filter((line) => line?.trim());
  if (task.status !== "failed" && !(task.status === "stopped" && words.length > 0)) return null;
  const unique = [...new Set([...words, ...(words.length === 0 && task.status_reason ? [task.status_reason] : [])])];
  if (unique.length === 0) return null;
  return (
    <p className={task.status === "failed" ? styles.failed : styles.stopped}>
      <Icon name="alert" />
      <span>{unique.join(" · ")}</span>
    </p>
  );
}
