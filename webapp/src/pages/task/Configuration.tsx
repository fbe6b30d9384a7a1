/** Hyperparameters by section and configuration objects: found, edited while the task is a draft, compared with another task. */
import { diffLines } from "diff";
import { useMemo, useState } from "react";
import { Link } from "react-router";
import { isReadOnly } from "@/api/entities";
import { useAction, useCall } from "@/api/hooks";
import { counted, escapePattern } from "@/lib/format";
import { flag, text, useUrlState } from "@/lib/urlState";
import { Button } from "@/ui/Button";
import { CodeBlock, CopyButton } from "@/ui/CodeBlock";
import { Confirm, Dialog } from "@/ui/Dialog";
import { Check, Field } from "@/ui/Field";
import { Popup } from "@/ui/Popup";
import { Empty, Failure, Loading } from "@/ui/states";
import { toast } from "@/ui/toast";
import styles from "./Configuration.module.css";
import { type ConfigurationObject, isDraft, type TaskDetails, taskAddress, useTaskFields } from "./data";
import { type Compared, compared, flat, type ParameterRow } from "./parameters";
import { Card, Search, TextBlock, Toolbar } from "./parts";

const VIEW = { q: text(), with: text(), differences: flag() };
const CONNECT = `params = task.connect({"rate": 0.05, "layers": [64, 64]})      # hyperparameters
task.connect_configuration({"stages": [1, 2]}, name="model")    # a whole configuration`;

export function Configuration({ task }: { task: TaskDetails }) {
  const [view, setView] = useUrlState(VIEW);
  const [editing, setEditing] = useState(false);
  const { details, error, refetch } = useTaskFields(task, ["hyperparams", "configuration"]);
  const other = useOther(view.with);
  const rows = useMemo(
    () => compared(flat(details?.hyperparams), other.task ? flat(other.task.hyperparams) : undefined),
    [details, other.task],
  );
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  if (!details) return <Loading />;
  const open = isDraft(task) && !isReadOnly(task);
  const words = view.q.trim().toLowerCase();
  const fits = (...texts: (string | undefined)[]) =>
    words === "" || texts.some((one) => one?.toLowerCase().includes(words));
  const shown = rows.filter(
    (row) =>
      fits(row.name, row.value, row.other, row.section) && !(other.task && view.differences && row.value === row.other),
  );
  const names = [
    ...new Set([...Object.keys(details.configuration ?? {}), ...Object.keys(other.task?.configuration ?? {})]),
  ].sort();
  const objects = names.filter((name) => {
    const [one, two] = [details.configuration?.[name]?.value, other.task?.configuration?.[name]?.value];
    return fits(name, one, two) && !(other.task && view.differences && one === two);
  });
  const nothing = rows.length === 0 && names.length === 0;
  if (editing) return <EditParameters task={task} rows={flat(details.hyperparams)} onClose={() => setEditing(false)} />;
  return (
    <>
      <Toolbar label="Configuration">
        {!nothing && <Search label="Find a parameter or value" value={view.q} onChange={(q) => setView({ q })} />}
        <CompareWith task={task} chosen={view.with} name={other.task?.name} onChoose={(id) => setView({ with: id })} />
        {other.task && (
          <Check
            label="Only differences"
            checked={view.differences}
            onChange={(differences) => setView({ differences })}
          />
        )}
        <span className={styles.right}>
          {open && (
            <Button icon="edit" onClick={() => setEditing(true)}>
              Edit parameters
            </Button>
          )}
        </span>
      </Toolbar>
      {other.error && <Failure error={other.error} what="The other task cannot be read" />}
      {view.with && other.missing && (
        <Failure error={new Error("It may have been deleted.")} what="There is no such task to compare with" />
      )}
      {nothing && (
        <Empty title="No parameters" icon="settings">
          <p>Connect what your script is set up with, and it can be searched, compared and changed for the next run.</p>
          <CodeBlock label="In your script">{CONNECT}</CodeBlock>
        </Empty>
      )}
      {!nothing && shown.length === 0 && objects.length === 0 && (
        <Empty title={view.differences && other.task && !words ? "Nothing differs" : "Nothing fits"} icon="search" />
      )}
      <Sections rows={shown} {...(other.task ? { otherName: other.task.name ?? "" } : {})} />
      {objects.map((name) => (
        <ConfigurationCard
          key={name}
          task={task}
          name={name}
          own={details.configuration?.[name]}
          other={other.task?.configuration?.[name]}
          comparing={other.task !== undefined}
          onlyDifferences={view.differences}
          open={open}
        />
      ))}
      {open && <NewObject task={task} taken={names} />}
    </>
  );
}

function useOther(id: string) {
  const found = useCall(
    "tasks.get_by_id_ex",
    { id: [id], only_fields: ["name", "hyperparams", "configuration"] },
    { enabled: id !== "" },
  );
  const task = id ? (found.data?.tasks?.[0] as TaskDetails | undefined) : undefined;
  return { task, error: found.error, missing: found.isSuccess && !task };
}

function Sections({ rows, otherName }: { rows: Compared[]; otherName?: string }) {
  const sections = [...new Set(rows.map(({ section }) => section))];
  return sections.map((section) => {
    const inside = rows.filter((row) => row.section === section);
    return (
      <Card key={section} title={section} beside={counted(inside.length, "parameter")}>
        <table className={`${styles.parameters} ${otherName === undefined ? "" : styles.two}`}>
          <thead className={otherName === undefined ? "visually-hidden" : undefined}>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">This task</th>
              {otherName !== undefined && <th scope="col">{otherName}</th>}
            </tr>
          </thead>
          <tbody>
            {inside.map((row) => (
              <tr
                key={row.name}
                className={otherName !== undefined && row.value !== row.other ? styles.differs : undefined}
              >
                <th scope="row" title={row.description || undefined}>
                  {row.name}
                  {row.description && <span className={styles.description}>{row.description}</span>}
                </th>
                <td title={row.type || undefined}>{row.value ?? <i>not set</i>}</td>
                {otherName !== undefined && <td>{row.other ?? <i>not set</i>}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </Card>
    );
  });
}

// Comparing

interface CompareProps {
  task: TaskDetails;
  chosen: string;
  name: string | undefined;
  onChoose: (id: string) => void;
}

function CompareWith({ task, chosen, name, onChoose }: CompareProps) {
  const parent = task.parent?.name ? task.parent : undefined;
  return (
    <span className={styles.compare}>
      <Popup
        label="Compare with another task"
        icon="compare"
        kind="plain"
        text={chosen ? `Compared with ${name ?? "…"}` : "Compare with"}
      >
        {(close) => (
          <ChooseTask
            task={task}
            parent={parent}
            onChoose={(id) => {
              onChoose(id);
              close();
            }}
          />
        )}
      </Popup>
      {chosen && (
        <>
          <Link to={taskAddress(chosen, "*", "configuration")}>Open it</Link>
          <Button small kind="quiet" icon="close" aria-label="Stop comparing" onClick={() => onChoose("")} />
        </>
      )}
    </span>
  );
}

function ChooseTask({
  task,
  parent,
  onChoose,
}: {
  task: TaskDetails;
  parent: TaskDetails["parent"];
  onChoose: (id: string) => void;
}) {
  const [words, setWords] = useState("");
  const found = useCall(
    "tasks.get_all_ex",
    {
      ...(words.trim()
        ? { _any_: { fields: ["name", "id"], pattern: escapePattern(words.trim()) } }
        : { project: [task.project?.id ?? ""] }),
      system_tags: ["-archived"],
      order_by: ["-last_update"],
      page: 0,
      page_size: 12,
      only_fields: ["name", "project.name"],
    } as never,
    { keep: true },
  );
  const others = ((found.data?.tasks ?? []) as TaskDetails[]).filter(({ id }) => id !== task.id && id !== parent?.id);
  return (
    <div className={styles.choose}>
      <input
        type="search"
        aria-label="Find a task"
        placeholder="Name or id of a task"
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
      <ul>
        {parent && !words && (
          <li>
            <button type="button" onClick={() => onChoose(parent.id)}>
              {parent.name} <span>its parent</span>
            </button>
          </li>
        )}
        {others.map(({ id, name, project }) => (
          <li key={id}>
            <button type="button" onClick={() => onChoose(id)}>
              {name} <span>{project?.name}</span>
            </button>
          </li>
        ))}
      </ul>
      {found.data && others.length === 0 && !(parent && !words) && <p>No other task fits.</p>}
    </div>
  );
}

// Editing parameters

interface EditedRow extends ParameterRow {
  key: number;
}

let lastKey = 0;

function EditParameters({ task, rows, onClose }: { task: TaskDetails; rows: ParameterRow[]; onClose: () => void }) {
  const [edited, setEdited] = useState<EditedRow[]>(() => rows.map((row) => ({ ...row, key: ++lastKey })));
  const [section, setSection] = useState("");
  const save = useAction("tasks.edit_hyper_params", {
    changes: ["tasks"],
    quiet: true,
    onSuccess: () => {
      toast.ok("Parameters changed");
      onClose();
    },
  });
  const sections = [...new Set([...edited.map((row) => row.section)])];
  const change = (key: number, more: Partial<ParameterRow>) =>
    setEdited((now) => now.map((row) => (row.key === key ? { ...row, ...more } : row)));
  const add = (into: string) =>
    setEdited((now) => [...now, { key: ++lastKey, section: into, name: "", value: "", type: "", description: "" }]);
  const names = edited.map((row) => `${row.section}/${row.name.trim()}`);
  const wrong = (row: EditedRow) =>
    row.name.trim() === "" || names.filter((name) => name === `${row.section}/${row.name.trim()}`).length > 1;
  const ready = !edited.some(wrong);
  return (
    <form
      className={styles.edit}
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready) return;
        save.mutate({
          task: task.id,
          replace_hyperparams: "all",
          hyperparams: edited.map(({ key: _, ...row }) => ({ ...row, name: row.name.trim() })),
        });
      }}
    >
      <Toolbar label="Editing">
        <strong>Editing parameters</strong>
        <span className={styles.right}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={save.isPending} disabled={!ready}>
            Save
          </Button>
        </span>
      </Toolbar>
      {save.error && <Failure error={save.error} what="Nothing was changed" />}
      {sections.map((name) => (
        <Card
          key={name}
          title={name}
          actions={
            <Button small kind="quiet" icon="plus" onClick={() => add(name)}>
              Parameter
            </Button>
          }
        >
          {edited
            .filter((row) => row.section === name)
            .map((row) => (
              <div key={row.key} className={styles.editRow}>
                <input
                  aria-label="Name of the parameter"
                  placeholder="Name"
                  value={row.name}
                  aria-invalid={wrong(row) || undefined}
                  onChange={(event) => change(row.key, { name: event.target.value })}
                />
                <input
                  aria-label={`Value of ${row.name}`}
                  placeholder="Value"
                  value={row.value}
                  onChange={(event) => change(row.key, { value: event.target.value })}
                />
                <Button
                  small
                  kind="quiet"
                  icon="trash"
                  aria-label={`Remove ${row.name}`}
                  onClick={() => setEdited((now) => now.filter(({ key }) => key !== row.key))}
                />
              </div>
            ))}
        </Card>
      ))}
      <div className={styles.newSection}>
        <input
          aria-label="New section"
          placeholder={sections.length ? "New section" : "Section, for example General"}
          value={section}
          onChange={(event) => setSection(event.target.value)}
        />
        <Button
          icon="plus"
          disabled={!section.trim()}
          onClick={() => {
            add(section.trim());
            setSection("");
          }}
        >
          Add section
        </Button>
      </div>
    </form>
  );
}

// Configuration objects

interface ObjectProps {
  task: TaskDetails;
  name: string;
  own: ConfigurationObject | undefined;
  other: ConfigurationObject | undefined;
  comparing: boolean;
  onlyDifferences: boolean;
  open: boolean;
}

function ConfigurationCard({ task, name, own, other, comparing, onlyDifferences, open }: ObjectProps) {
  const [doing, setDoing] = useState<"edit" | "delete" | null>(null);
  const remove = useAction("tasks.delete_configuration", { changes: ["tasks"], onSuccess: () => setDoing(null) });
  return (
    <Card
      title={name}
      beside={own?.type ? `configuration, ${own.type}` : "configuration"}
      actions={
        <>
          {own?.value && <CopyButton text={own.value} what={name} />}
          {open && own && (
            <>
              <Button small kind="quiet" icon="edit" aria-label={`Edit ${name}`} onClick={() => setDoing("edit")} />
              <Button
                small
                kind="quiet"
                icon="trash"
                aria-label={`Remove ${name}`}
                onClick={() => setDoing("delete")}
              />
            </>
          )}
        </>
      }
    >
      {own?.description && <p className={styles.description}>{own.description}</p>}
      {comparing && own?.value !== other?.value ? (
        <LineDiff before={other?.value ?? ""} after={own?.value ?? ""} short={onlyDifferences} />
      ) : (
        <TextBlock label={`Configuration ${name}`}>{own?.value ?? ""}</TextBlock>
      )}
      {doing === "edit" && <EditObject task={task} object={{ ...own, name }} onClose={() => setDoing(null)} />}
      {doing === "delete" && (
        <Confirm
          title={`Remove ${name}?`}
          does="Remove"
          danger
          busy={remove.isPending}
          onClose={() => setDoing(null)}
          onConfirm={() => remove.mutate({ task: task.id, configuration: [name] })}
        >
          <p>The whole configuration goes, of this draft alone.</p>
        </Confirm>
      )}
    </Card>
  );
}

const MOST_TO_COMPARE = 400_000;

/** The other task's text as what was, this one's as what is. */
function LineDiff({ before, after, short }: { before: string; after: string; short: boolean }) {
  const parts = useMemo(
    () => (before.length + after.length > MOST_TO_COMPARE ? null : diffLines(before, after)),
    [before, after],
  );
  if (!parts) return <TextBlock label="This task's text, too long to compare">{after}</TextBlock>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard
    <div className={styles.diff} role="region" aria-label="Differences" tabIndex={0}>
      {parts.map((part, at) => {
        if (short && !part.added && !part.removed)
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have nothing but their place
          return <div key={at} className={styles.left}>{`${counted(part.count ?? 0, "line")} alike`}</div>;
        const sign = part.added ? "+" : part.removed ? "-" : " ";
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have nothing but their place
          <div key={at} className={part.added ? styles.added : part.removed ? styles.removed : undefined}>
            {part.value
              .replace(/\n$/, "")
              .split("\n")
              .map((line) => `${sign} ${line}`)
              .join("\n")}
          </div>
        );
      })}
    </div>
  );
}

function EditObject({
  task,
  object,
  onClose,
}: {
  task: TaskDetails;
  object: ConfigurationObject | null;
  onClose: () => void;
  taken?: string[];
}) {
  const [name, setName] = useState(object?.name ?? "");
  const [value, setValue] = useState(object?.value ?? "");
  const save = useAction("tasks.edit_configuration", {
    changes: ["tasks"],
    quiet: true,
    onSuccess: () => {
      toast.ok(`Configuration ${name} changed`);
      onClose();
    },
  });
  return (
    <Dialog
      title={object ? `Configuration ${object.name}` : "New configuration"}
      wide
      onClose={onClose}
      onSubmit={() =>
        name.trim() &&
        save.mutate({
          task: task.id,
          configuration: [{ ...(object ?? {}), name: name.trim(), value }],
        })
      }
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={save.isPending} disabled={!name.trim()}>
            Save
          </Button>
        </>
      }
    >
      {!object && (
        <Field label="Name">
          <input value={name} onChange={(event) => setName(event.target.value)} autoComplete="off" />
        </Field>
      )}
      <Field label="Text">
        <textarea
          rows={18}
          className={styles.code}
          spellCheck={false}
          value={value}
          onChange={(event) => setValue(event.target.value)}
        />
      </Field>
      {save.error && <Failure error={save.error} what="It was not changed" />}
    </Dialog>
  );
}

function NewObject({ task, taken }: { task: TaskDetails; taken: string[] }) {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <Button icon="plus" onClick={() => setOpen(true)}>
        New configuration
      </Button>
      {open && <EditObject task={task} object={null} taken={taken} onClose={() => setOpen(false)} />}
    </div>
  );
}
