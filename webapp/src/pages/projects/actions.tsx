/** What can be done to a project: create, rename, describe, move, delete. */
import { useState } from "react";
import { useNavigate } from "react-router";
import { isReadOnly, type ProjectRow } from "@/api/entities";
import { useAction, useCall } from "@/api/hooks";
import { counted } from "@/lib/format";
import { Button } from "@/ui/Button";
import { Confirm, Dialog } from "@/ui/Dialog";
import { Check, Field } from "@/ui/Field";
import { MenuItem, Popup } from "@/ui/Popup";
import { Failure, Loading } from "@/ui/states";
import { toast } from "@/ui/toast";

export type Doing = { what: "create" } | { what: "edit" | "move" | "delete"; project: ProjectRow };

const CHANGES = ["projects", "tasks"];
const LEAST_LETTERS = 3;

export function ProjectMenu({ project, onDo }: { project: ProjectRow; onDo: (doing: Doing) => void }) {
  const fixed = isReadOnly(project);
  return (
    <Popup label={`Actions on ${project.basename}`} icon="more" menu>
      {(close) => {
        const item = (what: "edit" | "move" | "delete") => () => {
          close();
          onDo({ what, project });
        };
        return (
          <>
            <MenuItem icon="edit" onSelect={item("edit")} disabled={fixed}>
              Rename and describe
            </MenuItem>
            <MenuItem icon="move" onSelect={item("move")} disabled={fixed}>
              Move
            </MenuItem>
            <MenuItem icon="trash" danger onSelect={item("delete")} disabled={fixed}>
              Delete
            </MenuItem>
          </>
        );
      }}
    </Popup>
  );
}

export function ProjectDialogs({
  doing,
  inside,
  onClose,
}: {
  doing: Doing;
  inside: ProjectRow | null;
  onClose: () => void;
}) {
  if (doing.what === "create") return <Create inside={inside} onClose={onClose} />;
  if (doing.what === "edit") return <Edit project={doing.project} onClose={onClose} />;
  if (doing.what === "move") return <Move project={doing.project} onClose={onClose} />;
  return <Delete project={doing.project} open={inside?.id === doing.project.id} onClose={onClose} />;
}

function Create({ inside, onClose }: { inside: ProjectRow | null; onClose: () => void }) {
  const [name, setName] = useState(inside ? `${inside.name}/` : "");
  const [description, setDescription] = useState("");
  const [output, setOutput] = useState("");
  const create = useAction("projects.create", {
    changes: CHANGES,
    onSuccess: () => {
      toast.ok(`Project ${name.trim()} created`);
      onClose();
    },
    quiet: true,
  });
  const ready = name.trim().length >= LEAST_LETTERS && !name.trim().endsWith("/");
  return (
    <Dialog
      title="New project"
      onClose={onClose}
      onSubmit={() =>
        ready &&
        create.mutate({
          name: name.trim(),
          description,
          ...(output.trim() ? { default_output_destination: output.trim() } : {}),
        })
      }
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={create.isPending} disabled={!ready}>
            Create
          </Button>
        </>
      }
    >
      <Field label="Name" hint="A slash makes levels: vision/detection" error={create.error?.message}>
        <input value={name} onChange={(event) => setName(event.target.value)} autoComplete="off" />
      </Field>
      <Field label="Description">
        <textarea value={description} onChange={(event) => setDescription(event.target.value)} />
      </Field>
      <Field
        label="Where its tasks put their files, if not on this server"
        hint="s3://bucket/folder, gs://…, azure://…, a shared folder"
      >
        <input value={output} onChange={(event) => setOutput(event.target.value)} autoComplete="off" />
      </Field>
    </Dialog>
  );
}

function Edit({ project, onClose }: { project: ProjectRow; onClose: () => void }) {
  const above = project.name?.includes("/") ? project.name.slice(0, project.name.lastIndexOf("/") + 1) : "";
  const [name, setName] = useState(project.basename ?? "");
  const [description, setDescription] = useState(project.description ?? "");
  const [output, setOutput] = useState(project.default_output_destination ?? "");
  const undo = useAction("projects.update", { changes: CHANGES });
  const edit = useAction("projects.update", {
    changes: CHANGES,
    quiet: true,
    onSuccess: () => {
      const before = {
        project: project.id,
        name: project.name ?? "",
        description: project.description ?? "",
        default_output_destination: project.default_output_destination ?? "",
      };
      toast.ok(`Project ${name.trim()} changed`, { undo: () => undo.mutate(before) });
      onClose();
    },
  });
  const ready = name.trim() !== "" && !name.includes("/");
  return (
    <Dialog
      title={`Project ${project.basename}`}
      onClose={onClose}
      onSubmit={() =>
        ready &&
        edit.mutate({
          project: project.id,
          name: above + name.trim(),
          description,
          default_output_destination: output.trim(),
        })
      }
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={edit.isPending} disabled={!ready}>
            Save
          </Button>
        </>
      }
    >
      <Field
        label="Name"
        error={edit.error?.message ?? (name.includes("/") ? "To put it somewhere else, move it" : undefined)}
      >
        <input value={name} onChange={(event) => setName(event.target.value)} autoComplete="off" />
      </Field>
      <Field label="Description">
        <textarea value={description} onChange={(event) => setDescription(event.target.value)} />
      </Field>
      <Field label="Where its tasks put their files, if not on this server">
        <input value={output} onChange={(event) => setOutput(event.target.value)} autoComplete="off" />
      </Field>
    </Dialog>
  );
}

function Move({ project, onClose }: { project: ProjectRow; onClose: () => void }) {
  const above = project.name?.includes("/") ? project.name.slice(0, project.name.lastIndexOf("/")) : "";
  const [place, setPlace] = useState(above);
  const known = useCall("projects.get_all_ex", { only_fields: ["name"], order_by: ["name"], page: 0, page_size: 500 });
  const undo = useAction("projects.move", { changes: CHANGES });
  const move = useAction("projects.move", {
    changes: CHANGES,
    quiet: true,
    onSuccess: () => {
      toast.ok(`Project ${project.basename} moved`, {
        undo: () => undo.mutate({ project: project.id, new_location: above }),
      });
      onClose();
    },
  });
  return (
    <Dialog
      title={`Move ${project.basename}`}
      onClose={onClose}
      onSubmit={() => move.mutate({ project: project.id, new_location: place.trim() })}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={move.isPending} disabled={place.trim() === above}>
            Move
          </Button>
        </>
      }
    >
      <Field
        label="Below"
        hint="Nothing: to the top. A name that is not there yet is made."
        error={move.error?.message}
      >
        <input value={place} onChange={(event) => setPlace(event.target.value)} list="places" autoComplete="off" />
      </Field>
      <datalist id="places">
        {known.data?.projects?.map(({ id, name }) => (
          <option key={id} value={name} />
        ))}
      </datalist>
      <p>All that is in it and below it goes along: {counted(project.stats?.active?.total_tasks ?? 0, "task")}.</p>
    </Dialog>
  );
}

function Delete({ project, open, onClose }: { project: ProjectRow; open: boolean; onClose: () => void }) {
  const [contents, setContents] = useState(true);
  const navigate = useNavigate();
  const inside = useCall("projects.validate_delete", { project: project.id }, { staleTime: 0 });
  const remove = useAction("projects.delete", {
    changes: [...CHANGES, "models"],
    quiet: true,
    onSuccess: (data) => {
      const gone = [
        data.deleted_tasks ? counted(data.deleted_tasks, "task") : "",
        data.deleted_models ? counted(data.deleted_models, "model") : "",
      ];
      toast.ok([`Project ${project.basename} deleted`, ...gone.filter(Boolean)].join(", "));
      onClose();
      if (open) void navigate("/projects");
    },
  });
  const found = inside.data;
  const kinds = found
    ? ([
        [found.tasks, "task", found.non_archived_tasks],
        [found.models, "model", found.non_archived_models],
        [found.reports, "report", found.non_archived_reports],
        [found.pipelines, "pipeline run", 0],
        [found.datasets, "dataset", 0],
      ] as const)
    : [];
  const full = kinds.some(([count]) => (count ?? 0) > 0);
  return (
    <Confirm
      title={`Delete ${project.basename}?`}
      does={full && contents ? "Delete with all that is in it" : "Delete the project"}
      danger
      {...(full ? { typed: project.basename ?? "" } : {})}
      busy={remove.isPending}
      disabled={!found}
      onClose={onClose}
      onConfirm={() => remove.mutate({ project: project.id, force: true, delete_contents: full && contents })}
    >
      {inside.isPending && <Loading what="Looking at what is in it" />}
      {inside.error && <Failure error={inside.error} retry={() => void inside.refetch()} />}
      {found && !full && <p>It is empty, and so are the projects below it. This cannot be undone.</p>}
      {full && (
        <>
          <p>
            In <strong>{project.name}</strong> and below it there are:
          </p>
          <ul>
            {kinds.map(([count, kind, live]) =>
              count ? (
                <li key={kind}>
                  <strong>{counted(count, kind)}</strong>
                  {live ? `, ${live} of them not archived` : ""}
                </li>
              ) : null,
            )}
          </ul>
          <Check
            label="Delete these as well, with their figures, logs and files"
            hint="Otherwise they stay, without a project. Neither can be undone."
            checked={contents}
            onChange={setContents}
          />
        </>
      )}
      {remove.error && <Failure error={remove.error} what="It was not deleted" />}
    </Confirm>
  );
}
