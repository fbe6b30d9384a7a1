import { type MouseEvent, type RefObject, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { address, call, wordsOf } from "@/api/client";
import type { TaskRow } from "@/api/entities";
import { useCall } from "@/api/hooks";
import { FirstSteps } from "@/app/FirstSteps";
import { counted } from "@/lib/format";
import { usePagedRows } from "@/lib/paged";
import { useShortcuts } from "@/lib/shortcuts";
import { useTitle } from "@/lib/title";
import { useUrlState } from "@/lib/urlState";
import { Button } from "@/ui/Button";
import { copy } from "@/ui/CodeBlock";
import { controlClass } from "@/ui/Field";
import { PageHeader, Tabs } from "@/ui/PageHeader";
import { MenuItem, Placed, Popup } from "@/ui/Popup";
import { Empty, Failure, Loading } from "@/ui/states";
import { Table } from "@/ui/table/Table";
import { toast } from "@/ui/toast";
import { BulkDialog, useDirect } from "./bulk";
import { ColumnChooser } from "./ColumnChooser";
import { columnOf, taskLink } from "./columns";
import { filterOf, isFilteredBy } from "./Filters";
import { PresetMenu } from "./PresetMenu";
import { usePresets } from "./presets";
import { conditions } from "./query";
import { allMatching, sourceOf, useScope } from "./source";
import styles from "./Tasks.module.css";
import { VERBS, type Verb, verbs } from "./verbs";
import { DEFAULT_COLUMNS, FILTERS, isFiltered, VIEW, type View } from "./view";

const NOTHING: ReadonlySet<string> = new Set();
const ASK_AFTER_MS = 250;

/** All tasks of a project and of those below it, or of every project (`*`). */
export function Component() {
  const { project = "*" } = useParams();
  // Another project is another table: nothing of the former one's selection stays.
  return <TaskTable key={project} project={project} />;
}

function TaskTable({ project }: { project: string }) {
  const [params, setParams] = useSearchParams();
  const [view, setView] = useUrlState(VIEW);
  const { presets, save, ready } = usePresets(project);
  const opened = useRef(false);
  const [selected, setSelected] = useState(NOTHING);
  const [doing, setDoing] = useState<{ verb: Verb; tasks: TaskRow[] } | null>(null);
  const [menu, setMenu] = useState<{ at: { x: number; y: number }; tasks: TaskRow[] } | null>(null);
  const [atTop, setAtTop] = useState(true);
  const known = useRef(new Map<string, TaskRow>());
  const search = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();
  const direct = useDirect();
  useTitle("Tasks");

  // An address that says nothing opens the preset that is to be first.
  const first = presets.find((preset) => preset.first);
  useEffect(() => {
    if (!ready || opened.current) return;
    opened.current = true;
    if (first && params.size === 0) setParams(new URLSearchParams(first.query), { replace: true });
  }, [ready, first, params, setParams]);

  const scope = useScope(project, view.own);
  const metrics = useCall(
    "projects.get_unique_metric_variants",
    { include_subprojects: !view.own, ...(project === "*" ? {} : { project }) },
    { staleTime: 60_000, select: (data) => data.metrics ?? [] },
  );
  const change = useCallback((changes: Partial<View>) => setView(changes), [setView]);
  const projects = scope.ids ?? null;
  const columns = useMemo(
    () =>
      view.cols.flatMap((id) => {
        const column = columnOf(id, metrics.data);
        if (!column) return [];
        const filter = filterOf({ id, view, onChange: change, projects, project });
        return [{ ...column, ...(filter ? { filter, filtered: isFilteredBy(id, view) } : {}) }];
      }),
    [view, metrics.data, change, projects, project],
  );
  const fields = columns.flatMap((column) => column.fields);
  const source = sourceOf(view, projects, fields);
  const free = atTop && selected.size === 0 && doing === null;
  const rows = usePagedRows(source, { free, enabled: scope.ids !== undefined });
  const { rowAt, onRange } = rows;
  const range = useCallback(
    (from: number, to: number) => {
      setAtTop(from === 0);
      onRange(from, to);
    },
    [onRange],
  );

  const chosen = [...selected].flatMap((id) => known.current.get(id) ?? []);
  const select = (next: ReadonlySet<string>, nearby: TaskRow[]) => {
    for (const row of nearby) known.current.set(row.id, row);
    setSelected(next);
  };
  const selectAll = async () => {
    try {
      const all = await allMatching(view, projects);
      select(new Set(all.map(({ id }) => id)), all);
    } catch (error) {
      toast.error(wordsOf(error));
    }
  };
  const start = (verb: Verb, tasks: TaskRow[]) => {
    setMenu(null);
    if (!tasks.some(VERBS[verb].applies)) toast.info(`${VERBS[verb].title} applies to none of them`);
    else if (!direct(verb, tasks, () => setSelected(NOTHING))) setDoing({ verb, tasks });
  };
  const download = async () => {
    try {
      const { prepare_id } = await call("organization.prepare_download_for_get_all", {
        ...conditions(view, projects),
        entity_type: "task",
        order_by: view.sort,
        only_fields: [...new Set(fields)],
        field_mappings: columns.map(({ csv, title }) => ({ field: csv, name: title })),
      } as never);
      location.assign(`${await address("organization.download_for_get_all")}?prepare_id=${prepare_id}`);
    } catch (error) {
      toast.error(wordsOf(error));
    }
  };
  const onContextMenu = (event: MouseEvent, row: TaskRow) => {
    event.preventDefault();
    const tasks = selected.has(row.id) ? chosen : [row];
    setMenu({ at: { x: event.clientX, y: event.clientY }, tasks });
  };
  const here = verbs(view.archived);
  useShortcuts("Tasks", [
    { keys: "f", does: "Find in this table", run: () => search.current?.focus() },
    { keys: "y", does: "Copy a link to this view", run: () => void copyLink() },
    { keys: "mod+a", does: "Select all that fit", run: () => void selectAll() },
  ]);

  const filtered = isFiltered(view);
  const clear = () => setView(FILTERS);
  return (
    <div className={styles.page}>
      <Head project={project} />
      <div className={styles.bar}>
        <SearchField field={search} view={view} onChange={change} />
        {filtered && (
          <Button kind="quiet" icon="close" onClick={clear}>
            Clear filters
          </Button>
        )}
        <span className={styles.count} aria-live="polite">
          {rows.loading ? "" : counted(rows.count, "task")}
        </span>
        {rows.changed !== 0 && (
          <Button small icon="refresh" onClick={rows.reload}>
            {rows.changed > 0 ? `${rows.changed} new` : `${-rows.changed} fewer`}
          </Button>
        )}
        <span className={styles.tools}>
          {project !== "*" && (
            <Button
              kind="quiet"
              icon="tree"
              aria-label="With the projects below"
              aria-pressed={!view.own}
              onClick={() => setView({ own: !view.own })}
            />
          )}
          <Button
            kind="quiet"
            icon="archive"
            aria-label="Archive"
            aria-pressed={view.archived}
            onClick={() => {
              setSelected(NOTHING);
              setView({ archived: !view.archived });
            }}
          />
          <Popup label="Views" icon="pin">
            {(close) => (
              <PresetMenu
                presets={presets}
                query={params.toString()}
                onSave={save}
                onOpen={(query) => {
                  setParams(new URLSearchParams(query));
                  close();
                }}
              />
            )}
          </Popup>
          <Popup label="Columns" icon="columns">
            {() => (
              <ColumnChooser
                project={project}
                own={view.own}
                columns={view.cols}
                metrics={metrics.data}
                onChange={(cols) => setView({ cols })}
                onReset={() => setView({ cols: DEFAULT_COLUMNS, w: {} })}
              />
            )}
          </Popup>
          <Button kind="quiet" icon="download" aria-label="Download as CSV" onClick={() => void download()} />
          <Button kind="quiet" icon="link" aria-label="Copy a link to this view" onClick={() => void copyLink()} />
        </span>
      </div>
      {scope.error && <Failure error={scope.error} retry={scope.retry} />}
      {rows.error && (
        <>
          <Failure error={rows.error} retry={rows.reload} what="These tasks could not be listed" />
          <div className={styles.reset}>
            <Button small onClick={() => setParams(new URLSearchParams())}>
              Reset the view
            </Button>
          </div>
        </>
      )}
      <Table
        label="Tasks"
        columns={columns}
        count={rows.count}
        rowAt={rowAt}
        keyOf={source.keyOf}
        onRange={range}
        sort={view.sort}
        onSort={(sort) => setView({ sort })}
        widths={view.w}
        onWidth={(column, width) => setView(({ w }) => ({ w: { ...w, [column]: width } }))}
        onOrder={(cols) => setView({ cols })}
        selected={selected}
        onSelect={select}
        onOpen={(task) => void navigate(taskLink(task))}
        onContextMenu={onContextMenu}
        shortcuts={(task) =>
          here.flatMap((verb) => {
            const { key, title } = VERBS[verb];
            const tasks = chosen.length ? chosen : task ? [task] : [];
            return key ? [{ keys: key, does: title, run: () => tasks.length > 0 && start(verb, tasks) }] : [];
          })
        }
        empty={
          rows.error ? null : rows.loading ? (
            <Loading what="Loading tasks" />
          ) : (
            <Nothing view={view} filtered={filtered} onClear={clear} />
          )
        }
      />
      {selected.size > 0 && (
        <section className={styles.selection} aria-label="Selected tasks">
          <strong>{counted(selected.size, "task")} selected</strong>
          {selected.size < rows.count && (
            <Button small kind="quiet" onClick={() => void selectAll()}>
              Select all {rows.count.toLocaleString("en")}
            </Button>
          )}
          <Button small kind="quiet" icon="close" onClick={() => setSelected(NOTHING)}>
            Clear
          </Button>
          <span className={styles.verbs}>
            {here.map((verb) => {
              const count = chosen.filter(VERBS[verb].applies).length;
              return (
                <Button
                  key={verb}
                  small
                  icon={VERBS[verb].icon}
                  disabled={count === 0}
                  onClick={() => start(verb, chosen)}
                >
                  {VERBS[verb].title}
                  {count > 0 && count < chosen.length && <span className={styles.muted}>{count}</span>}
                </Button>
              );
            })}
          </span>
        </section>
      )}
      {menu && (
        <Placed at={menu.at} label="Actions" menu onClose={() => setMenu(null)}>
          {here.map((verb) => (
            <MenuItem
              key={verb}
              icon={VERBS[verb].icon}
              danger={VERBS[verb].danger ?? false}
              disabled={!menu.tasks.some(VERBS[verb].applies)}
              onSelect={() => start(verb, menu.tasks)}
              {...(VERBS[verb].key ? { keys: VERBS[verb].key } : {})}
            >
              {VERBS[verb].title}
            </MenuItem>
          ))}
        </Placed>
      )}
      {doing && <BulkDialog {...doing} onClose={() => setDoing(null)} onDone={() => setSelected(NOTHING)} />}
    </div>
  );
}

async function copyLink(): Promise<void> {
  if (await copy(location.href)) toast.ok("The link is copied; it opens exactly this view");
}

function Head({ project }: { project: string }) {
  const all = project === "*";
  const found = useCall(
    "projects.get_all_ex",
    { id: [project], only_fields: ["name", "basename", "parent.name"], search_hidden: true },
    { enabled: !all, staleTime: 60_000, select: (data) => data.projects?.[0] ?? null },
  );
  const parent = (found.data as { parent?: { id?: string; name?: string } } | null | undefined)?.parent;
  const above = parent?.name ? [{ title: parent.name.replaceAll("/", " / "), to: `/projects/${parent.id}` }] : [];
  const crumbs = all ? {} : { crumbs: [{ title: "Projects", to: "/projects" }, ...above] };
  const title = found.data?.basename ?? (found.data === null ? "No such project" : "…");
  return (
    <PageHeader title={all ? "All tasks" : title} {...crumbs}>
      <Tabs
        label="Project"
        tabs={[
          {
            title: all ? "All projects" : "Sub-projects",
            to: all ? "/projects" : `/projects/${project}`,
            active: false,
          },
          { title: all ? "All tasks" : "Tasks", to: `/projects/${project}/tasks`, active: true },
        ]}
      />
    </PageHeader>
  );
}

interface SearchProps {
  field: RefObject<HTMLInputElement | null>;
  view: View;
  onChange: (changes: Partial<View>) => void;
}

/** What is typed is shown at once, and asked for when the typing pauses. */
function SearchField({ field, view, onChange }: SearchProps) {
  const [words, setWords] = useState(view.q);
  const sent = useRef(view.q);
  useEffect(() => {
    if (view.q !== sent.current) setWords(view.q);
    sent.current = view.q;
  }, [view.q]);
  useEffect(() => {
    if (words === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = words;
      onChange({ q: words });
    }, ASK_AFTER_MS);
    return () => clearTimeout(timer);
  }, [words, onChange]);
  return (
    <span className={styles.search}>
      <input
        ref={field}
        type="search"
        className={controlClass}
        placeholder={`${view.re ? "Pattern" : "Find"} in name, id, comment or tags`}
        aria-label="Find tasks"
        value={words}
        onChange={(event) => setWords(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" && event.key !== "ArrowDown") return;
          event.preventDefault();
          document.querySelector<HTMLElement>("[role=grid]")?.focus();
        }}
      />
      <Button
        kind="quiet"
        small
        aria-pressed={view.re}
        aria-label="Regular expression"
        title="Regular expression"
        onClick={() => onChange({ re: !view.re })}
      >
        .*
      </Button>
    </span>
  );
}

function Nothing({ view, filtered, onClear }: { view: View; filtered: boolean; onClear: () => void }) {
  if (filtered)
    return (
      <Empty title="No task fits" icon="search">
        <p>None has all of what the filters ask for.</p>
        <div>
          <Button onClick={onClear}>Clear filters</Button>
        </div>
      </Empty>
    );
  if (view.archived)
    return (
      <Empty title="The archive is empty" icon="archive">
        <p>Archived tasks leave the lists and keep all that they have.</p>
      </Empty>
    );
  return (
    <Empty title="No tasks yet" icon="chart">
      <FirstSteps />
    </Empty>
  );
}
