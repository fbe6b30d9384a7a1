/** Carrying verbs out on the selected tasks: at once with an Undo, or after asking. Always the `_many` actions, also for one. */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import { type Action, call, type RequestOf, wordsOf } from "@/api/client";
import type { TaskRow } from "@/api/entities";
import { refresh, useCall } from "@/api/hooks";
import { counted } from "@/lib/format";
import { Button } from "@/ui/Button";
import { Confirm, Dialog } from "@/ui/Dialog";
import { Check, Field } from "@/ui/Field";
import { Failure, Loading } from "@/ui/states";
import { Tag } from "@/ui/Tags";
import { toast } from "@/ui/toast";
import { VERBS, type Verb } from "./verbs";

const CHANGES = ["tasks", "projects", "queues"];
const MOST_COMPARED = 200;
const TYPED_FROM = 10;

interface Outcome {
  succeeded?: { id?: string }[];
  failed?: { id?: string; error?: { msg?: string } }[];
}

/** Carries a bulk action out and says what came of it; whether all of it was done. */
export function useBulk() {
  const client = useQueryClient();
  return async <A extends Action>(
    action: A,
    request: RequestOf<A>,
    done: string,
    undo?: (ids: string[]) => Promise<unknown>,
  ): Promise<boolean> => {
    try {
      const answer = (await call(action, request)) as Outcome;
      const failed = answer.failed ?? [];
      const ids = (answer.succeeded ?? []).flatMap(({ id }) => id ?? []);
      if (failed.length) {
        const reasons = [...new Set(failed.map(({ error }) => error?.msg ?? "no reason given"))].slice(0, 3).join("; ");
        toast.error(`${counted(failed.length, "task")} could not be changed: ${reasons}`);
      }
      if (ids.length || !answer.succeeded) {
        const again = () =>
          void undo?.(ids).then(
            () => refresh(client, CHANGES),
            (error) => toast.error(wordsOf(error)),
          );
        toast.ok(
          answer.succeeded ? `${counted(ids.length, "task")} ${done}` : `Tasks ${done}`,
          undo && { undo: again },
        );
      }
      return failed.length === 0;
    } catch (error) {
      toast.error(wordsOf(error));
      return false;
    } finally {
      refresh(client, CHANGES);
    }
  };
}

/** Compare, archive, bring back: nothing to ask. Whether the verb is one of them. */
export function useDirect() {
  const bulk = useBulk();
  const navigate = useNavigate();
  return (verb: Verb, tasks: TaskRow[], onDone: () => void): boolean => {
    const ids = tasks.filter(VERBS[verb].applies).map(({ id }) => id);
    if (verb === "compare") {
      if (ids.length > MOST_COMPARED) toast.info(`The first ${MOST_COMPARED} are compared`);
      void navigate(`/compare?ids=${ids.slice(0, MOST_COMPARED).join(",")}`);
    } else if (verb === "archive") {
      const request = { ids, include_pipeline_steps: false };
      const undo = (gone: string[]) => call("tasks.unarchive_many", { ids: gone });
      void bulk("tasks.archive_many", request, "archived", undo).then(onDone);
    } else if (verb === "unarchive") {
      const undo = (back: string[]) => call("tasks.archive_many", { ids: back, include_pipeline_steps: false });
      void bulk("tasks.unarchive_many", { ids }, "brought back", undo).then(onDone);
    } else {
      return false;
    }
    return true;
  };
}

interface AskProps {
  ids: string[];
  tasks: TaskRow[];
  /** How many of the selected are left alone. */
  left: number;
  onClose: () => void;
  /** It was done: the selection may go. */
  onDone: () => void;
}

/** Asks what has to be asked before a verb is carried out. */
export function BulkDialog({
  verb,
  tasks,
  onClose,
  onDone,
}: {
  verb: Verb;
  tasks: TaskRow[];
  onClose: () => void;
  onDone: () => void;
}) {
  const fit = tasks.filter(VERBS[verb].applies);
  const props = { ids: fit.map(({ id }) => id), tasks: fit, onClose, onDone, left: tasks.length - fit.length };
  switch (verb) {
    case "enqueue":
      return <Enqueue {...props} />;
    case "tags":
      return <EditTags {...props} />;
    case "move":
      return <Move {...props} />;
    case "delete":
      return <Delete {...props} />;
    case "abort":
      return (
        <Simple {...props} title="Abort" action="tasks.stop_many" done="asked to stop">
          What runs is asked to stop, and what waits leaves its queue. What was recorded so far stays.
        </Simple>
      );
    case "reset":
      return (
        <Simple
          {...props}
          title="Reset"
          action="tasks.reset_many"
          done="reset"
          danger
          more={{ delete_output_models: true }}
        >
          They become drafts again: their figures, logs, plots, artifacts and unpublished models are deleted. This
          cannot be undone.
        </Simple>
      );
    case "publish":
      return (
        <Simple {...props} title="Publish" action="tasks.publish_many" done="published" more={{ publish_model: true }}>
          They and their models can no longer be changed, only read. This cannot be undone.
        </Simple>
      );
    case "dequeue":
      return (
        <Simple {...props} title="Dequeue" action="tasks.dequeue_many" done="taken out of their queues">
          They become drafts again.
        </Simple>
      );
    default:
      return null;
  }
}

function Left({ left }: { left: number }) {
  return left > 0 ? <p>{counted(left, "other selected task")} cannot be changed so, and stays as it is.</p> : null;
}

type SimpleAction = "tasks.stop_many" | "tasks.reset_many" | "tasks.publish_many" | "tasks.dequeue_many";

interface SimpleProps extends AskProps {
  title: string;
  action: SimpleAction;
  done: string;
  danger?: boolean;
  more?: Record<string, boolean>;
  children: ReactNode;
}

function Simple({ ids, left, onClose, onDone, title, action, done, danger, more, children }: SimpleProps) {
  const bulk = useBulk();
  const [busy, setBusy] = useState(false);
  return (
    <Confirm
      title={`${title} ${counted(ids.length, "task")}?`}
      does={title}
      danger={danger ?? false}
      busy={busy}
      disabled={ids.length === 0}
      onClose={onClose}
      onConfirm={async () => {
        setBusy(true);
        if (await bulk(action, { ids, ...more } as RequestOf<SimpleAction>, done)) onDone();
        onClose();
      }}
    >
      <p>{children}</p>
      <Left left={left} />
    </Confirm>
  );
}

function Enqueue({ ids, left, onClose, onDone }: AskProps) {
  const queues = useCall("queues.get_all_ex", { only_fields: ["id", "name", "display_name"], order_by: ["name"] });
  const rows = (queues.data?.queues ?? []) as { id?: string; name?: string; display_name?: string }[];
  const [chosen, setChosen] = useState("");
  const [busy, setBusy] = useState(false);
  const bulk = useBulk();
  const queue = chosen || rows[0]?.id || "";
  const send = async () => {
    setBusy(true);
    const request = { ids, queue, validate_tasks: true, verify_watched_queue: true };
    const undo = (gone: string[]) => call("tasks.dequeue_many", { ids: gone });
    if (await bulk("tasks.enqueue_many", request, "enqueued", undo)) onDone();
    onClose();
  };
  return (
    <Dialog
      title={`Enqueue ${counted(ids.length, "task")}`}
      onClose={onClose}
      onSubmit={() => queue && ids.length > 0 && void send()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={busy} disabled={!queue || ids.length === 0}>
            Enqueue
          </Button>
        </>
      }
    >
      {queues.isPending && <Loading />}
      {queues.error && <Failure error={queues.error} retry={() => void queues.refetch()} />}
      {queues.data && (
        <Field label="Queue" hint="An agent that serves the queue runs them, in turn.">
          <select value={queue} onChange={(event) => setChosen(event.target.value)}>
            {rows.map(({ id, name, display_name }) => (
              <option key={id} value={id}>
                {display_name || name}
              </option>
            ))}
          </select>
        </Field>
      )}
      <Left left={left} />
    </Dialog>
  );
}

function EditTags({ ids, tasks, left, onClose, onDone }: AskProps) {
  const known = useCall("projects.get_task_tags", {});
  const [add, setAdd] = useState<string[]>([]);
  const [remove, setRemove] = useState<string[]>([]);
  const [words, setWords] = useState("");
  const [busy, setBusy] = useState(false);
  const bulk = useBulk();
  const counts = new Map<string, number>();
  for (const task of tasks) for (const tag of task.tags ?? []) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  const typed = words.trim();
  const adding = typed && !add.includes(typed) ? [...add, typed] : add;
  // Each task gets back exactly what it had: a tag that only some had must not go to the others.
  const undo = async () => {
    for (const tag of adding) {
      const without = tasks.filter((task) => !task.tags?.includes(tag)).map(({ id }) => id);
      if (without.length) await call("tasks.update_tags", { ids: without, remove_tags: [tag] });
    }
    for (const tag of remove) {
      const had = tasks.filter((task) => task.tags?.includes(tag)).map(({ id }) => id);
      if (had.length) await call("tasks.update_tags", { ids: had, add_tags: [tag] });
    }
  };
  const send = async () => {
    setBusy(true);
    if (await bulk("tasks.update_tags", { ids, add_tags: adding, remove_tags: remove }, "tagged anew", undo)) onDone();
    onClose();
  };
  const type = (given: string) => {
    const parts = given.split(",");
    const last = parts.pop() ?? "";
    const whole = parts.map((part) => part.trim()).filter(Boolean);
    if (whole.length) setAdd([...new Set([...add, ...whole])]);
    setWords(last);
  };
  return (
    <Dialog
      title={`Tags of ${counted(ids.length, "task")}`}
      onClose={onClose}
      onSubmit={() => adding.length + remove.length > 0 && void send()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={busy} disabled={adding.length + remove.length === 0}>
            Save
          </Button>
        </>
      }
    >
      <Field label="Add a tag" hint="Enter saves; a comma begins another one.">
        <input value={words} list="known-tags" autoComplete="off" onChange={(event) => type(event.target.value)} />
      </Field>
      <datalist id="known-tags">
        {known.data?.tags?.map((tag) => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
      {add.length > 0 && (
        <div>
          {add.map((tag) => (
            <Tag key={tag} name={tag} onRemove={() => setAdd(add.filter((one) => one !== tag))} />
          ))}
        </div>
      )}
      {counts.size > 0 && (
        <fieldset className="plain">
          <legend>Tags to keep</legend>
          {[...counts].map(([tag, count]) => (
            <Check
              key={tag}
              label={<Tag name={tag} />}
              hint={count < tasks.length ? `on ${count} of ${tasks.length}` : undefined}
              checked={!remove.includes(tag)}
              onChange={(kept) => setRemove(kept ? remove.filter((one) => one !== tag) : [...remove, tag])}
            />
          ))}
        </fieldset>
      )}
      <Left left={left} />
    </Dialog>
  );
}

function Move({ ids, tasks, left, onClose, onDone }: AskProps) {
  const [place, setPlace] = useState("");
  const [busy, setBusy] = useState(false);
  const known = useCall("projects.get_all_ex", { only_fields: ["name"], order_by: ["name"], page: 0, page_size: 500 });
  const bulk = useBulk();
  const undo = async () => {
    const places = new Map<string, string[]>();
    for (const { id, project } of tasks) {
      if (project) places.set(project.id, [...(places.get(project.id) ?? []), id]);
    }
    for (const [project, moved] of places) await call("tasks.move", { ids: moved, project });
  };
  const send = async () => {
    setBusy(true);
    const name = place.trim();
    if (await bulk("tasks.move", { ids, project_name: name }, `moved to ${name}`, undo)) onDone();
    onClose();
  };
  return (
    <Dialog
      title={`Move ${counted(ids.length, "task")}`}
      onClose={onClose}
      onSubmit={() => place.trim() && void send()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={busy} disabled={!place.trim()}>
            Move
          </Button>
        </>
      }
    >
      <Field label="Project" hint="A name that is not there yet makes a new project.">
        <input
          value={place}
          onChange={(event) => setPlace(event.target.value)}
          list="project-names"
          autoComplete="off"
        />
      </Field>
      <datalist id="project-names">
        {known.data?.projects?.map(({ id, name }) => (
          <option key={id} value={name} />
        ))}
      </datalist>
      <Left left={left} />
    </Dialog>
  );
}

function Delete({ ids, tasks, left, onClose, onDone }: AskProps) {
  const [models, setModels] = useState(true);
  const [files, setFiles] = useState(true);
  const [busy, setBusy] = useState(false);
  const bulk = useBulk();
  const published = tasks.filter(({ status }) => status === "published").length;
  const one = ids.length === 1;
  return (
    <Confirm
      title={`Delete ${counted(ids.length, "task")}?`}
      does={`Delete ${counted(ids.length, "task")}`}
      danger
      {...(ids.length > TYPED_FROM || published ? { typed: String(ids.length) } : {})}
      busy={busy}
      disabled={ids.length === 0}
      onClose={onClose}
      onConfirm={async () => {
        setBusy(true);
        const request = { ids, delete_output_models: models, delete_external_artifacts: files, force: true };
        if (await bulk("tasks.delete_many", request, "deleted")) onDone();
        onClose();
      }}
    >
      <p>
        {one ? <strong>{tasks[0]?.name}</strong> : "They"} {one ? "goes" : "go"} with all figures, logs, plots and
        samples. This cannot be undone; the archive is the place for what may be wanted again.
      </p>
      {published > 0 && <p>{counted(published, "of them is", "of them are")} published.</p>}
      <Check
        label="Their models, too"
        hint="Published models and those that other tasks use are kept."
        checked={models}
        onChange={setModels}
      />
      <Check
        label="Files in outside storage, too"
        hint="Files on this server always go."
        checked={files}
        onChange={setFiles}
      />
      <Left left={left} />
    </Confirm>
  );
}
