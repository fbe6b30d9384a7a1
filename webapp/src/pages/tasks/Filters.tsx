/** What the funnels in the table's head open. */
import { type ReactNode, useState } from "react";
import { useCall } from "@/api/hooks";
import { Button } from "@/ui/Button";
import { controlClass } from "@/ui/Field";
import { STATUSES, Status } from "@/ui/Status";
import { Failure, Loading } from "@/ui/states";
import { Tag } from "@/ui/Tags";
import { parsed } from "./columnIds";
import styles from "./Filters.module.css";
import { RANGES } from "./query";
import type { Limit, View } from "./view";

type RangeKind = "date" | "stamp" | "number" | "seconds";

interface Props {
  id: string;
  view: View;
  onChange: (changes: Partial<View>) => void;
  /** Ids of the projects in question; null: all. */
  projects: string[] | null;
  project: string;
}

/** What a column can be filtered by; undefined: nothing. */
export function filterOf(props: Props): (() => ReactNode) | undefined {
  const { id, view, onChange } = props;
  const column = parsed(id);
  if (id === "status")
    return () => (
      <Choices
        chosen={view.status}
        onChange={(status) => onChange({ status })}
        choices={STATUSES.map((status) => ({ value: status, shown: <Status status={status} /> }))}
      />
    );
  if (id === "type") return () => <Types {...props} />;
  if (id === "user") return () => <Users {...props} />;
  if (id === "tags") return () => <TagChoices {...props} />;
  if (column?.kind === "parameter") return () => <ValuesOf {...props} section={column.section} name={column.name} />;
  if (column?.kind === "metric" || RANGES[id]) return () => <Range {...props} as={RANGES[id]?.as ?? "number"} />;
  return undefined;
}

export function isFilteredBy(id: string, view: View): boolean {
  if (id === "status" || id === "type" || id === "user" || id === "tags") return view[id].length > 0;
  return id in view.f;
}

interface Choice {
  value: string;
  shown: ReactNode;
}

interface ChoicesProps {
  chosen: string[];
  choices: Choice[];
  onChange: (chosen: string[]) => void;
}

const FIND_FROM = 8;

function Choices({ chosen, choices, onChange }: ChoicesProps) {
  const [words, setWords] = useState("");
  const shown = choices.filter(({ value, shown: text }) =>
    `${value} ${typeof text === "string" ? text : ""}`.toLowerCase().includes(words.toLowerCase()),
  );
  return (
    <div className={styles.choices}>
      {choices.length > FIND_FROM && (
        <input
          type="search"
          className={controlClass}
          aria-label="Find"
          placeholder="Find"
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
      )}
      <ul className={styles.list}>
        {shown.map(({ value, shown: text }) => (
          <li key={value}>
            <label className={styles.choice}>
              <input
                type="checkbox"
                checked={chosen.includes(value)}
                onChange={(event) =>
                  onChange(event.target.checked ? [...chosen, value] : chosen.filter((one) => one !== value))
                }
              />
              {text}
            </label>
          </li>
        ))}
      </ul>
      {choices.length === 0 && <p className={styles.none}>There is nothing to choose from.</p>}
      <Button small disabled={chosen.length === 0} onClick={() => onChange([])}>
        Clear
      </Button>
    </div>
  );
}

function Types({ view, onChange, projects }: Props) {
  const found = useCall("tasks.get_types", projects ? { projects } : {});
  if (found.error) return <Failure error={found.error} />;
  if (!found.data) return <Loading />;
  const choices = (found.data.types ?? []).map((type) => ({ value: type, shown: type.replaceAll("_", " ") }));
  return <Choices chosen={view.type} onChange={(type) => onChange({ type })} choices={choices} />;
}

function Users({ view, onChange, projects }: Props) {
  const found = useCall("projects.get_user_names", { ...(projects ? { projects } : {}), entity: "task" });
  if (found.error) return <Failure error={found.error} />;
  if (!found.data) return <Loading />;
  const choices = (found.data.users ?? []).map(({ id, name }) => ({ value: id ?? "", shown: name ?? id ?? "" }));
  return <Choices chosen={view.user} onChange={(user) => onChange({ user })} choices={choices} />;
}

/** A click asks for a tag, a second one leaves out what has it, a third forgets it. */
function TagChoices({ view, onChange, projects }: Props) {
  const found = useCall("projects.get_task_tags", projects ? { projects } : {});
  if (found.error) return <Failure error={found.error} />;
  if (!found.data) return <Loading />;
  const next = (tag: string) => {
    const rest = view.tags.filter((one) => one !== tag && one !== `-${tag}`);
    if (view.tags.includes(tag)) return [...rest, `-${tag}`];
    return view.tags.includes(`-${tag}`) ? rest : [...view.tags, tag];
  };
  const known = [...new Set([...(found.data.tags ?? []), ...view.tags.map((tag) => tag.replace(/^-/, ""))])].sort();
  return (
    <div className={styles.choices}>
      <fieldset className={styles.mode}>
        <legend className="visually-hidden">How tags are joined</legend>
        {(["any", "all"] as const).map((mode) => (
          <Button
            key={mode}
            small
            kind="quiet"
            aria-pressed={view.tagmode === mode}
            onClick={() => onChange({ tagmode: mode })}
          >
            {mode === "any" ? "Any of them" : "All of them"}
          </Button>
        ))}
      </fieldset>
      <ul className={styles.list}>
        {known.map((tag) => {
          const state = view.tags.includes(tag) ? "with" : view.tags.includes(`-${tag}`) ? "without" : "";
          return (
            <li key={tag}>
              <button
                type="button"
                className={styles.tag}
                aria-label={`${tag}: ${state || "not asked for"}`}
                onClick={() => onChange({ tags: next(tag) })}
              >
                <span className={styles.sign}>{state === "with" ? "+" : state === "without" ? "−" : ""}</span>
                <Tag name={tag} />
                {state && <span className={styles.none}>{state}</span>}
              </button>
            </li>
          );
        })}
      </ul>
      {known.length === 0 && <p className={styles.none}>No task has a tag here.</p>}
      <Button small disabled={view.tags.length === 0} onClick={() => onChange({ tags: [] })}>
        Clear
      </Button>
    </div>
  );
}

function ValuesOf({ id, view, onChange, project, section, name }: Props & { section: string; name: string }) {
  const found = useCall("projects.get_hyperparam_values", {
    section,
    name,
    include_subprojects: !view.own,
    ...(project === "*" ? {} : { projects: [project] }),
  });
  if (found.error) return <Failure error={found.error} />;
  if (!found.data) return <Loading />;
  const limit = view.f[id];
  return (
    <Choices
      chosen={limit && "values" in limit ? limit.values : []}
      choices={(found.data.values ?? []).map((value) => ({ value, shown: value === "" ? "(empty)" : value }))}
      onChange={(values) => onChange({ f: withLimit(view.f, id, values.length ? { values } : null) })}
    />
  );
}

type End = string | number | null;

function Range({ id, view, onChange, as }: Props & { as: RangeKind }) {
  const now = view.f[id];
  const { from, to } = now && "from" in now ? now : { from: null, to: null };
  const dates = as === "date" || as === "stamp";
  const [cleared, setCleared] = useState(0);
  const set = (ends: { from: End; to: End }) =>
    onChange({ f: withLimit(view.f, id, ends.from === null && ends.to === null ? null : ends) });
  const read = (given: string): End =>
    given === "" ? null : dates ? given : Number.isFinite(Number(given)) ? Number(given) : null;
  const field = (label: string, value: End, change: (value: End) => void) => (
    <label className={styles.end}>
      {as === "seconds" ? `${label}, seconds` : label}
      <input
        key={cleared}
        type={dates ? "date" : "number"}
        step="any"
        className={controlClass}
        defaultValue={value ?? ""}
        onChange={(event) => change(read(event.target.value))}
      />
    </label>
  );
  return (
    <div className={styles.choices}>
      {field("From", from, (value) => set({ from: value, to }))}
      {field("To", to, (value) => set({ from, to: value }))}
      <Button
        small
        disabled={!now}
        onClick={() => {
          setCleared(cleared + 1);
          set({ from: null, to: null });
        }}
      >
        Clear
      </Button>
    </div>
  );
}

function withLimit(limits: Record<string, Limit>, id: string, limit: Limit | null): Record<string, Limit> {
  const { [id]: _, ...rest } = limits;
  return limit ? { ...rest, [id]: limit } : rest;
}
