import { useDeferredValue, useEffect, useRef, useState } from "react";
import { useNavigate, useParams } from "react-router";
import type { ProjectRow } from "@/api/entities";
import { FirstSteps } from "@/app/FirstSteps";
import { useShortcuts } from "@/lib/shortcuts";
import { useTitle } from "@/lib/title";
import { flag, oneOf, text, useUrlState } from "@/lib/urlState";
import { Button } from "@/ui/Button";
import { controlClass } from "@/ui/Field";
import { PageHeader, Tabs } from "@/ui/PageHeader";
import { Empty, Failure, Loading } from "@/ui/states";
import { type Doing, ProjectDialogs, ProjectMenu } from "./actions";
import { ProjectCard } from "./ProjectCard";
import styles from "./Projects.module.css";
import { ProjectTree } from "./ProjectTree";
import { SORTS, useAncestors, useProject, useProjects } from "./queries";

const view = { q: text(), sort: oneOf(SORTS, "-last_update"), as: oneOf(["cards", "tree"], "cards"), hidden: flag() };
const SORT_WORDS = { "-last_update": "Recently changed", name: "By name", "-created": "Newest" } as const;

/** The projects at the top, or below one. */
export function Component() {
  const { project: id } = useParams();
  const [state, setState] = useUrlState(view);
  const [doing, setDoing] = useState<Doing | null>(null);
  const navigate = useNavigate();
  const here = useProject(id);
  const ancestors = useAncestors(here.data?.name);
  const words = useDeferredValue(state.q);
  const found = useProjects({ parent: id ?? null, words, sort: state.sort, hidden: state.hidden });
  const field = useRef<HTMLInputElement>(null);
  useTitle(id ? here.data?.basename : "Projects");
  useShortcuts("Projects", [
    { keys: "n", does: "New project", run: () => setDoing({ what: "create" }) },
    { keys: "f", does: "Filter", run: () => field.current?.focus() },
    ...(id ? [{ keys: "t", does: "Tasks of the project", run: () => void navigate(`/projects/${id}/tasks`) }] : []),
  ]);

  if (here.error) return <Failure error={here.error} retry={() => void here.refetch()} />;
  if (id && here.data === null)
    return (
      <Empty title="There is no such project" icon="folder">
        <p>It may have been deleted, or its link is mistyped.</p>
      </Empty>
    );
  const rows = found.data?.pages.flat() ?? [];
  const nothing = found.data !== undefined && rows.length === 0;
  return (
    <>
      <PageHeader
        title={id ? (here.data?.basename ?? "…") : "Projects"}
        {...(id
          ? {
              crumbs: [
                { title: "Projects", to: "/projects" },
                ...(ancestors.data ?? []).map((one) => ({ title: one.basename, to: `/projects/${one.id}` })),
              ],
            }
          : {})}
        beside={here.data && <ProjectMenu project={here.data} onDo={setDoing} />}
        actions={
          <Button kind="primary" icon="plus" onClick={() => setDoing({ what: "create" })}>
            New project
          </Button>
        }
      >
        {here.data?.description && <p className={styles.description}>{here.data.description}</p>}
        <Tabs
          label="Project"
          tabs={[
            { title: id ? "Sub-projects" : "All projects", to: id ? `/projects/${id}` : "/projects", active: true },
            { title: id ? "Tasks" : "All tasks", to: `/projects/${id ?? "*"}/tasks`, active: false },
          ]}
        />
      </PageHeader>
      <div className={styles.bar}>
        <input
          ref={field}
          type="search"
          className={`${controlClass} ${styles.filter}`}
          placeholder="Filter by name, id or description"
          aria-label="Filter projects"
          value={state.q}
          onChange={(event) => setState({ q: event.target.value })}
        />
        <select
          className={`${controlClass} ${styles.sort}`}
          aria-label="Order"
          value={state.sort}
          onChange={(event) => setState({ sort: event.target.value as (typeof SORTS)[number] })}
        >
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {SORT_WORDS[sort]}
            </option>
          ))}
        </select>
        <span className={styles.views}>
          <Button
            kind="quiet"
            icon="grid"
            aria-label="As cards"
            aria-pressed={state.as === "cards"}
            onClick={() => setState({ as: "cards" })}
          />
          <Button
            kind="quiet"
            icon="tree"
            aria-label="As a tree"
            aria-pressed={state.as === "tree"}
            onClick={() => setState({ as: "tree" })}
          />
          <Button
            kind="quiet"
            icon="eye"
            aria-label="Show hidden projects"
            aria-pressed={state.hidden}
            onClick={() => setState({ hidden: !state.hidden })}
          />
        </span>
      </div>
      {found.error && <Failure error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading what="Loading projects" />}
      {nothing && <Nothing words={words} inside={here.data ?? null} />}
      {!nothing && found.data && state.as === "tree" && !words && (
        <ProjectTree sort={state.sort} parent={id ?? null} hidden={state.hidden} onDo={setDoing} />
      )}
      {!nothing && found.data && (state.as === "cards" || words) && (
        <>
          <ul className={styles.cards}>
            {rows.map((row) => (
              <li key={row.id}>
                <ProjectCard project={row} inside={here.data?.name} onDo={setDoing} />
              </li>
            ))}
          </ul>
          {found.hasNextPage && <More onSeen={() => void found.fetchNextPage()} busy={found.isFetchingNextPage} />}
        </>
      )}
      {doing && <ProjectDialogs doing={doing} inside={here.data ?? null} onClose={() => setDoing(null)} />}
    </>
  );
}

function Nothing({ words, inside }: { words: string; inside: ProjectRow | null }) {
  if (words)
    return (
      <Empty title="No project fits" icon="search">
        <p>Nothing has “{words}” in its name, id or description.</p>
      </Empty>
    );
  if (inside)
    return (
      <Empty title="No sub-projects" icon="folder">
        <p>
          A project named <code>{inside.name}/anything</code> would be one. Its tasks are under “Tasks” above.
        </p>
      </Empty>
    );
  return (
    <Empty title="Nothing is recorded yet" icon="chart">
      <FirstSteps />
    </Empty>
  );
}

/** Asks for more when it comes into view; a button for those who cannot scroll. */
function More({ onSeen, busy }: { onSeen: () => void; busy: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  const seen = useRef(onSeen);
  seen.current = onSeen;
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const watch = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && seen.current(),
      { rootMargin: "400px" },
    );
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return (
    <div ref={place} className={styles.more}>
      <Button busy={busy} onClick={onSeen}>
        Show more
      </Button>
    </div>
  );
}
