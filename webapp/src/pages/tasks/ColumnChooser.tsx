import { useState } from "react";
import { useCall } from "@/api/hooks";
import { Button } from "@/ui/Button";
import { controlClass } from "@/ui/Field";
import { Failure, Loading } from "@/ui/states";
import styles from "./ColumnChooser.module.css";
import { FIGURE_WORDS, FIGURES, metricId, parameterId } from "./columnIds";
import { columnOf, FIXED, type MetricName, metricWords } from "./columns";

const MOST_PARAMETERS = 5_000;
const SHOWN = 300;
const GROUPS = ["Task", "Metrics", "Parameters"] as const;

interface Props {
  project: string;
  own: boolean;
  columns: string[];
  metrics: MetricName[] | undefined;
  onChange: (columns: string[]) => void;
  onReset: () => void;
}

/** Which columns there are, in which order: the chosen ones first, then everything that can be chosen. */
export function ColumnChooser({ project, own, columns, metrics, onChange, onReset }: Props) {
  const [words, setWords] = useState("");
  const parameters = useCall(
    "projects.get_hyper_parameters",
    {
      page: 0,
      page_size: MOST_PARAMETERS,
      include_subprojects: !own,
      ...(project === "*" ? {} : { project }),
    },
    { staleTime: 60_000 },
  );
  const names = (parameters.data as { parameters?: { section?: string; name?: string }[] } | undefined)?.parameters;
  const choices = [
    ...FIXED.map(({ id, title }) => ({ id, title, group: "Task" })),
    ...(metrics ?? []).flatMap((metric) =>
      FIGURES.map((figure) => ({
        id: metricId(metric.metric_hash ?? "", metric.variant_hash ?? "", figure),
        title: `${metricWords(metric)} · ${FIGURE_WORDS[figure]}`,
        group: "Metrics",
      })),
    ),
    ...(names ?? []).map(({ section, name }) => ({
      id: parameterId(section ?? "", name ?? ""),
      title: `${section} / ${name}`,
      group: "Parameters",
    })),
  ];
  const fits = choices.filter(
    ({ id, title }) => !columns.includes(id) && title.toLowerCase().includes(words.toLowerCase()),
  );
  const move = (from: number, by: number) => {
    const next = [...columns];
    const [moved] = next.splice(from, 1);
    if (moved !== undefined) next.splice(from + by, 0, moved);
    onChange(next);
  };
  return (
    <div className={styles.chooser}>
      <ol className={styles.chosen} aria-label="Columns shown">
        {columns.map((id, index) => {
          const title = columnOf(id, metrics)?.title ?? id;
          return (
            <li key={id} className={styles.line}>
              <span className={styles.title}>{title}</span>
              <Button
                small
                kind="quiet"
                icon="sortUp"
                aria-label={`Move ${title} up`}
                disabled={index === 0}
                onClick={() => move(index, -1)}
              />
              <Button
                small
                kind="quiet"
                icon="sortDown"
                aria-label={`Move ${title} down`}
                disabled={index === columns.length - 1}
                onClick={() => move(index, 1)}
              />
              <Button
                small
                kind="quiet"
                icon="close"
                aria-label={`Hide ${title}`}
                disabled={id === "name"}
                onClick={() => onChange(columns.filter((one) => one !== id))}
              />
            </li>
          );
        })}
      </ol>
      <input
        type="search"
        className={controlClass}
        placeholder="Find a metric, a parameter, a field"
        aria-label="Find a column"
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
      {parameters.error && <Failure error={parameters.error} retry={() => void parameters.refetch()} />}
      {!names && !parameters.error && <Loading />}
      <div className={styles.choices}>
        {GROUPS.map((group) => {
          const inside = fits.filter((one) => one.group === group).slice(0, SHOWN);
          return inside.length === 0 ? null : (
            <section key={group} aria-label={group}>
              <h3 className={styles.group}>{group}</h3>
              {inside.map(({ id, title }) => (
                <button
                  key={id}
                  type="button"
                  className={styles.choice}
                  aria-label={`Show ${title}`}
                  onClick={() => onChange([...columns, id])}
                >
                  {title}
                </button>
              ))}
            </section>
          );
        })}
        {fits.length === 0 && names && <p className={styles.none}>Nothing has this name.</p>}
      </div>
      <Button small onClick={onReset}>
        Back to the usual columns
      </Button>
    </div>
  );
}
