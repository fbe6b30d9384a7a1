import { type KeyboardEvent, useDeferredValue, useState } from "react";
import { useNavigate } from "react-router";
import { useCall } from "@/api/hooks";
import { escapePattern } from "@/lib/format";
import { Dialog } from "@/ui/Dialog";
import { Icon, type IconName } from "@/ui/Icon";
import { Status } from "@/ui/Status";
import { Failure, Loading } from "@/ui/states";
import styles from "./SearchDialog.module.css";

const EACH = 6;

interface Hit {
  to: string;
  icon: IconName;
  name: string;
  where: string;
  status?: string | undefined;
}

/** ctrl+k: what is found by name or id, one list over all kinds. */
export function SearchDialog({ onClose }: { onClose: () => void }) {
  const [words, setWords] = useState("");
  const [cursor, setCursor] = useState(0);
  const navigate = useNavigate();
  const asked = useDeferredValue(words.trim());
  const { hits, error, loading } = useHits(asked);
  const open = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    void navigate(hit.to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    setCursor((at) => Math.max(0, Math.min(hits.length - 1, at + (event.key === "ArrowDown" ? 1 : -1))));
  };
  return (
    <Dialog title="Search" onClose={onClose} wide onSubmit={() => open(hits[cursor])}>
      <input
        className={styles.input}
        type="search"
        placeholder="Name or id of a task, project or model"
        aria-label="Search"
        role="combobox"
        aria-expanded={hits.length > 0}
        aria-controls="search-hits"
        aria-activedescendant={hits.length ? `hit-${cursor}` : undefined}
        value={words}
        onChange={(event) => {
          setWords(event.target.value);
          setCursor(0);
        }}
        onKeyDown={onKeyDown}
      />
      {error && <Failure error={error} />}
      {loading && <Loading />}
      {!loading && asked !== "" && hits.length === 0 && !error && (
        <p className={styles.none}>Nothing has this name or id.</p>
      )}
      <div id="search-hits" role="listbox" aria-label="Found" className={styles.hits}>
        {hits.map((hit, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above takes the keys
          <div
            key={hit.to}
            id={`hit-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === cursor}
            className={styles.hit}
            onClick={() => open(hit)}
            onPointerMove={() => setCursor(index)}
          >
            <Icon name={hit.icon} />
            <span className={styles.name}>{hit.name}</span>
            <span className={styles.where}>{hit.where}</span>
            {hit.status && <Status status={hit.status} short />}
          </div>
        ))}
      </div>
    </Dialog>
  );
}

function useHits(words: string): { hits: Hit[]; error: Error | null; loading: boolean } {
  const pattern = escapePattern(words);
  const enabled = words !== "";
  const common = { page: 0, page_size: EACH, order_by: ["-last_update"] };
  const any = (...fields: string[]) => ({ _any_: { fields, pattern } });
  const options = { enabled, keep: true };
  const projects = useCall(
    "projects.get_all_ex",
    { ...common, ...any("name", "id"), only_fields: ["name", "basename"] },
    options,
  );
  const tasks = useCall(
    "tasks.get_all_ex",
    { ...common, ...any("name", "id"), system_tags: ["-archived"], only_fields: ["name", "status", "project.name"] },
    options,
  );
  const models = useCall(
    "models.get_all_ex",
    { ...common, ...any("name", "id"), only_fields: ["name", "project.name"] },
    options,
  );
  if (!enabled) return { hits: [], error: null, loading: false };
  const hits: Hit[] = [
    ...(projects.data?.projects ?? []).map(({ id, name }) => ({
      to: `/projects/${id}`,
      icon: "folder" as const,
      name: name ?? "",
      where: "Project",
    })),
    ...(tasks.data?.tasks ?? []).map((task) => {
      const project = task.project as unknown as { id?: string; name?: string } | undefined;
      return {
        to: `/projects/${project?.id ?? "*"}/tasks/${task.id}`,
        icon: "chart" as const,
        name: task.name ?? "",
        where: project?.name ?? "No project",
        status: task.status,
      };
    }),
    ...(models.data?.models ?? []).map((model) => {
      const project = model.project as unknown as { id?: string; name?: string } | undefined;
      return {
        to: `/projects/${project?.id ?? "*"}/models/${model.id}`,
        icon: "model" as const,
        name: model.name ?? "",
        where: project?.name ?? "Model",
      };
    }),
  ];
  return {
    hits,
    error: projects.error ?? tasks.error ?? models.error,
    loading: projects.isPending || tasks.isPending || models.isPending,
  };
}
