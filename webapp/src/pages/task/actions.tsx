/** What can be done to a task: clone, enqueue, abort, reset, publish, archive, move, delete. What can be undone is done at once. */
import { useState } from "react";
import { useNavigate } from "react-router";
import { isReadOnly } from "@/api/entities";
import { useAction, useCall } from "@/api/hooks";
import { counted } from "@/lib/format";
import { remember, remembered } from "@/lib/storage";
import { Button } from "@/ui/Button";
import { Confirm, Dialog } from "@/ui/Dialog";
import { Check, Field } from "@/ui/Field";
import type { IconName } from "@/ui/Icon";
import { MenuItem, Popup } from "@/ui/Popup";
import { Failure, Loading } from "@/ui/states";
import { toast } from "@/ui/toast";
import { isArchived, type TaskDetails, taskAddress, useTaskFields } from "./data";

const CHANGES = ["tasks", "projects", "events", "queues", "models"];

export type Doing = "clone" | "enqueue" | "abort" | "reset" | "publish" | "move" | "delete";

/** Which statuses an action is for; without force the server refuses the others. */
const FOR: Record<Exclude<Doing, "clone" | "move" | "delete"> | "dequeue", readonly string[]> = {
  enqueue: ["created", "stopped", "failed"],
  dequeue: ["queued"],
  abort: ["in_progress", "queued"],
  reset: ["completed", "stopped", "failed", "in_progress", "queued", "closed"],
  publish: ["completed", "stopped", "failed", "closed"],
};

export function useTaskActions(task: TaskDetails, onDo: (doing: Doing) => void) {
  const archive = useArchive(task);
  const dequeue = useAction("tasks.dequeue", {
    changes: CHANGES,
    onSuccess: () => toast.ok(`${task.name} taken out of its queue`),
  });
  const fixed = isReadOnly(task);
  const may = (name: keyof typeof FOR) => !fixed && FOR[name].includes(task.status ?? "");
  // Archiving ends what runs or waits, which no undo brings back: it has to be aborted first.
  const mayArchive = !fixed && (isArchived(task) || !["in_progress", "queued"].includes(task.status ?? ""));
  return { archive, mayArchive, dequeue: () => dequeue.mutate({ task: task.id }), may, fixed, onDo };
}

type Actions = ReturnType<typeof useTaskActions>;

/** The action that is next for most people, and the menu of all. */
export function TaskMenu({ task, actions }: { task: TaskDetails; actions: Actions }) {
  const { may, onDo, fixed } = actions;
  const archived = isArchived(task);
  return (
    <>
      {may("enqueue") && !archived && (
        <Button icon="queue" kind={task.status === "created" ? "primary" : "plain"} onClick={() => onDo("enqueue")}>
          Enqueue
        </Button>
      )}
      {may("dequeue") && (
        <Button icon="back" onClick={actions.dequeue}>
          Dequeue
        </Button>
      )}
      {task.status === "in_progress" && may("abort") && (
        <Button icon="stop" onClick={() => onDo("abort")}>
          Abort
        </Button>
      )}
      <Button icon="copy" onClick={() => onDo("clone")}>
        Clone
      </Button>
      <Popup label="All actions" icon="more" menu kind="plain">
        {(close) => {
          const item = (what: Doing, icon: IconName, words: string, enabled: boolean, more = {}) => (
            <MenuItem
              icon={icon}
              disabled={!enabled}
              onSelect={() => {
                close();
                onDo(what);
              }}
              {...more}
            >
              {words}
            </MenuItem>
          );
          return (
            <>
              {item("clone", "copy", "Clone", true)}
              {item("enqueue", "queue", "Enqueue", may("enqueue"), { keys: "e" })}
              <MenuItem
                icon="back"
                disabled={!may("dequeue")}
                onSelect={() => {
                  close();
                  actions.dequeue();
                }}
              >
                Dequeue
              </MenuItem>
              {item("abort", "stop", "Abort", may("abort"))}
              {item("reset", "reset", "Reset", may("reset"))}
              {item("publish", "publish", "Publish", may("publish"))}
              {item("move", "move", "Move to a project", !fixed)}
              <MenuItem
                icon="archive"
                keys="a"
                disabled={!actions.mayArchive}
                onSelect={() => {
                  close();
                  actions.archive(!archived);
                }}
              >
                {archived ? "Restore from the archive" : "Archive"}
              </MenuItem>
              {item("delete", "trash", "Delete", !fixed, { danger: true })}
            </>
          );
        }}
      </Popup>
    </>
  );
}

/** Into the archive or out of it, with a way back. */
function useArchive(task: TaskDetails): (into: boolean) => void {
  const into = useAction("tasks.archive_many", {
    changes: CHANGES,
    onSuccess: () => toast.ok(`${task.name} archived`, { undo: () => out.mutate({ ids: [task.id] }) }),
  });
  const out = useAction("tasks.unarchive_many", {
    changes: CHANGES,
    onSuccess: () => toast.ok(`${task.name} restored`, { undo: () => into.mutate({ ids: [task.id] }) }),
  });
  return (archive) => (archive ? into : out).mutate({ ids: [task.id] });
}

interface DoProps {
  task: TaskDetails;
  onClose: () => void;
}

export function TaskDialogs({ doing, ...props }: DoProps & { doing: Doing }) {
  const Shown = {
    clone: Clone,
    enqueue: Enqueue,
    abort: Abort,
    reset: Reset,
    publish: Publish,
    move: Move,
    delete: Delete,
  }[doing];
  return <Shown {...props} />;
}

function useProjectNames(): string[] {
  const known = useCall("projects.get_all_ex", { only_fields: ["name"], order_by: ["name"], page: 0, page_size: 500 });
  return (known.data?.projects ?? []).flatMap(({ name }) => name ?? []);
}

function ProjectField({ value, onChange, hint }: { value: string; onChange: (name: string) => void; hint?: string }) {
  const names = useProjectNames();
  return (
    <>
      <Field label="Project" hint={hint ?? "A name that is not there yet is made."}>
        <input
          value={value}
          onChange={(event) => onChange(event.target.value)}
          list="task-projects"
          autoComplete="off"
        />
      </Field>
      <datalist id="task-projects">
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}

interface QueueRow {
  id: string;
  name?: string;
  display_name?: string;
}

function useQueues() {
  const found = useCall("queues.get_all_ex", { only_fields: ["name", "display_name"], order_by: ["name"] });
  return { ...found, queues: found.data?.queues as QueueRow[] | undefined };
}

function QueueField({
  queues,
  value,
  onChange,
  none,
}: {
  queues: QueueRow[];
  value: string;
  onChange: (id: string) => void;
  none?: string;
}) {
  return (
    <Field label="Queue">
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {none && <option value="">{none}</option>}
        {queues.map(({ id, name, display_name }) => (
          <option key={id} value={id}>
            {display_name || name}
          </option>
        ))}
      </select>
    </Field>
  );
}

function saidOfQueue(name: string, queue: string, watched: boolean | undefined): void {
  if (watched === false)
    toast.info(`${name} is in ${queue}, but no agent watches it. Start one: clearml-agent daemon --queue ${queue}`);
  else toast.ok(`${name} is in the queue ${queue}`);
}

function Clone({ task, onClose }: DoProps) {
  const [name, setName] = useState(`Clone of ${task.name}`);
  const [project, setProject] = useState(task.project?.name ?? "");
  const [comment, setComment] = useState(task.comment ?? "");
  const [queue, setQueue] = useState("");
  const { queues = [] } = useQueues();
  const navigate = useNavigate();
  const enqueue = useAction("tasks.enqueue", { changes: CHANGES });
  const clone = useAction("tasks.clone", {
    changes: CHANGES,
    quiet: true,
    onSuccess: ({ id, new_project }) => {
      if (!id) return;
      onClose();
      void navigate(taskAddress(id, new_project?.id ?? task.project?.id, "configuration"));
      const chosen = queues.find((one) => one.id === queue);
      if (!chosen) {
        toast.ok(`${name.trim()} is a draft: change what is to be different, then enqueue it`);
        return;
      }
      enqueue.mutate(
        { task: id, queue, verify_watched_queue: true },
        { onSuccess: (data) => saidOfQueue(name.trim(), chosen.display_name || chosen.name || "", data.queue_watched) },
      );
    },
  });
  const elsewhere = project.trim() !== (task.project?.name ?? "");
  return (
    <Dialog
      title={`Clone ${task.name}`}
      onClose={onClose}
      onSubmit={() =>
        name.trim() &&
        clone.mutate({
          task: task.id,
          new_task_name: name.trim(),
          new_task_comment: comment,
          new_task_parent: task.id,
          ...(elsewhere && project.trim() ? { new_project_name: project.trim() } : {}),
        })
      }
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={clone.isPending} disabled={!name.trim()}>
            {queue ? "Clone and enqueue" : "Clone"}
          </Button>
        </>
      }
    >
      <p>A new draft with the same code, packages, container, parameters and input models. Its parent is this task.</p>
      <Field label="Name" error={clone.error?.message}>
        <input value={name} onChange={(event) => setName(event.target.value)} autoComplete="off" />
      </Field>
      <ProjectField value={project} onChange={setProject} />
      <Field label="Description">
        <textarea value={comment} onChange={(event) => setComment(event.target.value)} />
      </Field>
      <QueueField
        queues={queues}
        value={queue}
        onChange={setQueue}
        none="None: it stays a draft, which can be changed"
      />
    </Dialog>
  );
}

function Enqueue({ task, onClose }: DoProps) {
  const { queues, error, refetch } = useQueues();
  const [chosen, setChosen] = useState("");
  const usual = [task.execution?.queue?.id, remembered("queue")].find((id) => queues?.some((one) => one.id === id));
  const byName = queues?.find(({ name }) => name === "default")?.id;
  const queue = chosen || usual || byName || queues?.[0]?.id || "";
  const enqueue = useAction("tasks.enqueue", {
    changes: CHANGES,
    quiet: true,
    onSuccess: (data) => {
      remember("queue", queue);
      const found = queues?.find(({ id }) => id === queue);
      saidOfQueue(task.name ?? "", found?.display_name || found?.name || "", data.queue_watched);
      onClose();
    },
  });
  return (
    <Dialog
      title={`Enqueue ${task.name}`}
      onClose={onClose}
      onSubmit={() => queue && enqueue.mutate({ task: task.id, queue, verify_watched_queue: true })}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={enqueue.isPending} disabled={!queue}>
            Enqueue
          </Button>
        </>
      }
    >
      {error && <Failure error={error} retry={() => void refetch()} />}
      {!queues && !error && <Loading />}
      {queues && <QueueField queues={queues} value={queue} onChange={setChosen} />}
      {enqueue.error && <Failure error={enqueue.error} what="It was not enqueued" />}
      <p>An agent that watches this queue runs it.</p>
    </Dialog>
  );
}

function Abort({ task, onClose }: DoProps) {
  const abort = useAction("tasks.stop", {
    changes: CHANGES,
    quiet: true,
    onSuccess: () => {
      toast.ok(`${task.name} is being stopped`);
      onClose();
    },
  });
  return (
    <Confirm
      title={`Abort ${task.name}?`}
      does="Abort"
      danger
      busy={abort.isPending}
      onClose={onClose}
      onConfirm={() => abort.mutate({ task: task.id, status_reason: "stopped by the user" })}
    >
      <p>Its process ends with the next word to the server. What it has reported so far stays.</p>
      {abort.error && <Failure error={abort.error} what="It was not aborted" />}
    </Confirm>
  );
}

function Publish({ task, onClose }: DoProps) {
  const [models, setModels] = useState(true);
  const publish = useAction("tasks.publish", {
    changes: CHANGES,
    quiet: true,
    onSuccess: () => {
      toast.ok(`${task.name} published`);
      onClose();
    },
  });
  return (
    <Confirm
      title={`Publish ${task.name}?`}
      does="Publish"
      busy={publish.isPending}
      onClose={onClose}
      onConfirm={() => publish.mutate({ task: task.id, publish_model: models })}
    >
      <p>
        A published task cannot be changed, reset or run again; only its name, tags and description can. There is no way
        back.
      </p>
      <Check label="Publish its output models as well" checked={models} onChange={setModels} />
      {publish.error && <Failure error={publish.error} what="It was not published" />}
    </Confirm>
  );
}

function Move({ task, onClose }: DoProps) {
  const [project, setProject] = useState(task.project?.name ?? "");
  const undo = useAction("tasks.move", { changes: CHANGES });
  const move = useAction("tasks.move", {
    changes: CHANGES,
    quiet: true,
    onSuccess: () => {
      const before = task.project?.id;
      toast.ok(
        `${task.name} moved to ${project.trim()}`,
        before ? { undo: () => undo.mutate({ ids: [task.id], project: before }) } : {},
      );
      onClose();
    },
  });
  const ready = project.trim() !== "" && project.trim() !== task.project?.name;
  return (
    <Dialog
      title={`Move ${task.name}`}
      onClose={onClose}
      onSubmit={() => ready && move.mutate({ ids: [task.id], project_name: project.trim() })}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={move.isPending} disabled={!ready}>
            Move
          </Button>
        </>
      }
    >
      <ProjectField value={project} onChange={setProject} />
      {move.error && <Failure error={move.error} what="It was not moved" />}
    </Dialog>
  );
}

/** What a reset or a deletion takes along: each line a count that the server has. */
function useContents(task: TaskDetails) {
  const { details, error, refetch } = useTaskFields(task, ["execution.artifacts", "models.output.model.name"]);
  const metrics = useCall("events.get_task_metrics", { tasks: [task.id], event_type: "*" }, { staleTime: 0 });
  const children = useCall(
    "tasks.get_all_ex",
    { parent: [task.id], only_fields: ["id"], page: 0, page_size: 500, search_hidden: true } as never,
    { staleTime: 0 },
  );
  const named = (metrics.data?.metrics ?? []) as { metrics?: string[] }[];
  return {
    error: error ?? metrics.error,
    retry: () => {
      void refetch();
      void metrics.refetch();
    },
    ready: details !== undefined && metrics.data !== undefined,
    artifacts: details?.execution?.artifacts?.filter(({ mode }) => mode !== "input").length ?? 0,
    models: details?.models?.output?.length ?? 0,
    metrics: named[0]?.metrics?.length ?? 0,
    children: children.data?.tasks?.length ?? 0,
  };
}

function Goes({ inside, files }: { inside: ReturnType<typeof useContents>; files: boolean }) {
  if (inside.error) return <Failure error={inside.error} retry={inside.retry} />;
  if (!inside.ready) return <Loading what="Looking at what it has" />;
  return (
    <ul>
      <li>
        the whole console
        {inside.metrics > 0 && (
          <>
            , and scalars, plots and images of <strong>{counted(inside.metrics, "metric")}</strong>
          </>
        )}
      </li>
      {inside.artifacts > 0 && (
        <li>
          <strong>{counted(inside.artifacts, "artifact")}</strong>
          {files && ", with the files on this server"}
        </li>
      )}
      {inside.models > 0 && (
        <li>
          <strong>{counted(inside.models, "output model")}</strong>; published ones and those in use elsewhere stay
        </li>
      )}
    </ul>
  );
}

function Reset({ task, onClose }: DoProps) {
  const [all, setAll] = useState(false);
  const inside = useContents(task);
  const reset = useAction("tasks.reset", {
    changes: CHANGES,
    quiet: true,
    onSuccess: () => {
      toast.ok(`${task.name} is a draft again`);
      onClose();
    },
  });
  return (
    <Confirm
      title={`Reset ${task.name}?`}
      does="Reset"
      danger
      busy={reset.isPending}
      disabled={!inside.ready}
      onClose={onClose}
      onConfirm={() =>
        reset.mutate({
          task: task.id,
          clear_all: all,
          force: true,
          delete_output_models: true,
          delete_external_artifacts: true,
        })
      }
    >
      <p>It becomes a draft that can be changed and enqueued again. What it has produced goes for ever:</p>
      <Goes inside={inside} files />
      <Check
        label="Forget the code and the packages as well"
        hint="The next run records them anew."
        checked={all}
        onChange={setAll}
      />
      {reset.error && <Failure error={reset.error} what="It was not reset" />}
    </Confirm>
  );
}

function Delete({ task, onClose }: DoProps) {
  const [files, setFiles] = useState(true);
  const inside = useContents(task);
  const navigate = useNavigate();
  const remove = useAction("tasks.delete", {
    quiet: true,
    changes: ["projects", "queues", "models", "tasks.get_all_ex"],
    onSuccess: () => {
      toast.ok(`${task.name} deleted`);
      onClose();
      void navigate(`/projects/${task.project?.id ?? "*"}/tasks`);
    },
  });
  return (
    <Confirm
      title={`Delete ${task.name}?`}
      does="Delete"
      danger
      busy={remove.isPending}
      disabled={!inside.ready}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate({
          task: task.id,
          force: true,
          delete_output_models: true,
          delete_external_artifacts: files,
          return_file_urls: false,
        })
      }
    >
      <p>With the task these go for ever:</p>
      <Goes inside={inside} files={files} />
      {inside.children > 0 && <p>{counted(inside.children, "task")} made from it stay, without a parent.</p>}
      <Check
        label="Delete files as well"
        hint="Files on this server. What lies in buckets stays."
        checked={files}
        onChange={setFiles}
      />
      <p>To only put it out of sight, archive it.</p>
      {remove.error && <Failure error={remove.error} what="It was not deleted" />}
    </Confirm>
  );
}
