/** What ran: script, changes that were not committed, packages, container, output. Drafts can be edited. */
import { useState } from "react";
import { isReadOnly } from "@/api/entities";
import { useAction } from "@/api/hooks";
import { counted } from "@/lib/format";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CodeBlock";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Empty, Failure, Loading } from "@/ui/states";
import { toast } from "@/ui/toast";
import { isDraft, type TaskDetails, useTaskFields } from "./data";
import styles from "./Execution.module.css";
import { Card, FactList, TextBlock } from "./parts";

const FIELDS = ["script", "container", "output.destination", "execution.framework"];
const PACKAGES = { pip: "pip", orig_pip: "pip, as recorded", conda: "conda", orig_conda: "conda, as recorded" };

interface Editing {
  title: string;
  fields: EditField[];
  /** The request without the task. */
  request: (values: Record<string, string>) => Record<string, unknown>;
}

interface EditField {
  name: string;
  label: string;
  value: string | undefined;
  hint?: string;
  long?: boolean;
}

export function Execution({ task }: { task: TaskDetails }) {
  const { details, error, refetch } = useTaskFields(task, FIELDS);
  const [editing, setEditing] = useState<Editing | null>(null);
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  if (!details) return <Loading />;
  const script: Partial<NonNullable<TaskDetails["script"]>> = details.script ?? {};
  const container = details.container ?? {};
  const requirements = (script.requirements ?? {}) as Record<string, string>;
  const open = isDraft(task) && !isReadOnly(task);
  const edit = (what: Editing) =>
    open && (
      <Button
        small
        kind="quiet"
        icon="edit"
        aria-label={`Edit ${what.title.toLowerCase()}`}
        onClick={() => setEditing(what)}
      >
        Edit
      </Button>
    );
  const text = (name: string, label: string, value: string | undefined, more: Partial<EditField> = {}): EditField => ({
    name,
    label,
    value,
    ...more,
  });
  const packages = Object.entries(PACKAGES).filter(
    ([name]) => typeof requirements[name] === "string" && requirements[name].trim(),
  );
  return (
    <>
      <div className={styles.columns}>
        <Card
          title="Source code"
          actions={edit({
            title: "Source code",
            fields: [
              text("repository", "Repository", script.repository),
              text("branch", "Branch", script.branch),
              text("version_num", "Commit", script.version_num, { hint: "Empty: the newest of the branch" }),
              text("working_dir", "Working directory", script.working_dir),
              text("entry_point", "Script", script.entry_point),
              text("binary", "Interpreter", script.binary),
            ],
            request: (values) => ({ script: values }),
          })}
        >
          <FactList
            facts={[
              ["Repository", script.repository && <Repository url={script.repository} />],
              ["Branch", script.branch],
              ["Tag", script.tag],
              [
                "Commit",
                script.version_num && (
                  <span className={styles.commit}>
                    <code>{script.version_num}</code>
                    <CopyButton text={script.version_num} what="the commit" />
                  </span>
                ),
              ],
              ["Directory", script.working_dir && <code>{script.working_dir}</code>],
              ["Script", script.entry_point && <code>{script.entry_point}</code>],
              ["Interpreter", script.binary && <code>{script.binary}</code>],
            ]}
          />
        </Card>
        <Card
          title="Container and output"
          actions={edit({
            title: "Container and output",
            fields: [
              text("image", "Image", container.image),
              text("arguments", "Arguments", container.arguments),
              text("setup_shell_script", "Setup script", container.setup_shell_script, { long: true }),
              text("output_dest", "Where its files go", details.output?.destination, { hint: "Empty: this server" }),
            ],
            request: ({ output_dest = "", ...rest }) => ({ container: rest, output_dest }),
          })}
        >
          <FactList
            facts={[
              ["Image", container.image && <code>{container.image}</code>],
              ["Arguments", container.arguments && <code>{container.arguments}</code>],
              ["Files go to", details.output?.destination || "this server"],
              ["Framework", details.execution?.framework],
            ]}
          />
          {container.setup_shell_script && <TextBlock label="Setup script">{container.setup_shell_script}</TextBlock>}
        </Card>
      </div>
      <Card
        title="Uncommitted changes"
        beside={script.diff && counted(script.diff.split("\n").length, "line")}
        actions={
          <>
            {script.diff && <CopyButton text={script.diff} what="the changes" />}
            {edit({
              title: "Uncommitted changes",
              fields: [text("diff", "Changes", script.diff, { long: true })],
              request: (values) => ({ script: values }),
            })}
          </>
        }
      >
        {script.diff ? (
          <Diff text={script.diff} />
        ) : (
          <p className={styles.none}>The code ran as it was committed, or nothing is recorded of it.</p>
        )}
      </Card>
      <Card
        title="Packages"
        actions={edit({
          title: "Packages",
          fields: [text("pip", "Requirements, as in requirements.txt", requirements.pip, { long: true })],
          request: (values) => ({ script: { requirements: { ...requirements, ...values } } }),
        })}
      >
        {packages.length === 0 && (
          <Empty title="No packages are recorded" icon="layers">
            <p>The SDK records them by itself in `Task.init`. An agent installs what is listed here.</p>
          </Empty>
        )}
        {packages.map(([name, words]) => (
          <div key={name} className={styles.packages}>
            <h3>{words}</h3>
            <TextBlock label={`Packages, ${words}`}>{(requirements[name] ?? "").trim()}</TextBlock>
          </div>
        ))}
      </Card>
      {editing && <Edit task={task} what={editing} onClose={() => setEditing(null)} />}
    </>
  );
}

/** A link where a browser can follow it; `git@host:a/b` becomes one. */
function Repository({ url }: { url: string }) {
  const web = url.replace(/^(?:ssh:\/\/)?git@([^:/]+)[:/]/, "https://$1/").replace(/\.git$/, "");
  if (!/^https?:\/\/[^@\s]+$/.test(web)) return <code>{url}</code>;
  return (
    <a href={web} target="_blank" rel="noreferrer noopener">
      {url}
    </a>
  );
}

const AT_FIRST = 1_500;

function Diff({ text }: { text: string }) {
  const [all, setAll] = useState(false);
  const lines = text.replace(/\n$/, "").split("\n");
  const shown = all ? lines : lines.slice(0, AT_FIRST);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard */}
      <div className={styles.diff} role="region" aria-label="Changes" tabIndex={0}>
        {shown.map((line, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have nothing but their place
          <div key={at} className={styles[kindOf(line)]}>
            {line || " "}
          </div>
        ))}
      </div>
      {shown.length < lines.length && (
        <div>
          <Button small onClick={() => setAll(true)}>
            Show all {counted(lines.length, "line")}
          </Button>
        </div>
      )}
    </>
  );
}

export function kindOf(line: string): "file" | "hunk" | "added" | "removed" | "same" {
  if (/^(diff |index |--- |\+\+\+ |new file|deleted file|rename |similarity )/.test(line)) return "file";
  if (line.startsWith("@@")) return "hunk";
  if (line.startsWith("+")) return "added";
  if (line.startsWith("-")) return "removed";
  return "same";
}

function Edit({ task, what, onClose }: { task: TaskDetails; what: Editing; onClose: () => void }) {
  const [values, setValues] = useState(() =>
    Object.fromEntries(what.fields.map(({ name, value }) => [name, value ?? ""])),
  );
  const edit = useAction("tasks.edit", {
    changes: ["tasks"],
    quiet: true,
    onSuccess: () => {
      toast.ok(`${what.title} changed`);
      onClose();
    },
  });
  return (
    <Dialog
      title={what.title}
      wide
      onClose={onClose}
      onSubmit={() => edit.mutate({ task: task.id, ...what.request(values) })}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={edit.isPending}>
            Save
          </Button>
        </>
      }
    >
      {what.fields.map(({ name, label, hint, long }) => {
        const shared = {
          value: values[name] ?? "",
          onChange: (event: { target: { value: string } }) =>
            setValues((now) => ({ ...now, [name]: event.target.value })),
        };
        return (
          <Field key={name} label={label} hint={hint}>
            {long ? (
              <textarea rows={14} spellCheck={false} className={styles.code} {...shared} />
            ) : (
              <input autoComplete="off" {...shared} />
            )}
          </Field>
        );
      })}
      {edit.error && <Failure error={edit.error} what="It was not changed" />}
    </Dialog>
  );
}
