import { Link } from "react-router";
import type { ProjectRow } from "@/api/entities";
import { ago, counted, dateTime, duration } from "@/lib/format";
import { Icon } from "@/ui/Icon";
import { STATUSES, statusWords } from "@/ui/Status";
import { Tags } from "@/ui/Tags";
import { type Doing, ProjectMenu } from "./actions";
import styles from "./ProjectCard.module.css";

/** Where a project opens: what is in it, or what is below it. */
export function projectLink(project: ProjectRow): string {
  return project.sub_projects?.length ? `/projects/${project.id}` : `/projects/${project.id}/tasks`;
}

export function ProjectCard({
  project,
  inside,
  onDo,
}: {
  project: ProjectRow;
  inside: string | undefined;
  onDo: (doing: Doing) => void;
}) {
  const stats = project.stats?.active;
  const below = project.sub_projects?.length ?? 0;
  const path = project.name?.slice(inside ? inside.length + 1 : 0).split("/") ?? [];
  const total = stats?.total_tasks ?? 0;
  return (
    <article className={styles.card}>
      <header className={styles.head}>
        <div className={styles.title}>
          {path.length > 1 && <span className={styles.path}>{path.slice(0, -1).join(" / ")}</span>}
          <h2>
            <Link to={projectLink(project)} className={styles.link} title={project.name}>
              {project.basename}
            </Link>
          </h2>
        </div>
        <span className={styles.above}>
          <ProjectMenu project={project} onDo={onDo} />
        </span>
      </header>
      {project.description && <p className={styles.description}>{project.description}</p>}
      <Tags names={project.tags} />
      <div className={styles.foot}>
        <StatusBar counts={stats?.status_count} total={total} />
        <dl className={styles.figures}>
          <Link to={`/projects/${project.id}/tasks`} className={styles.above}>
            {counted(total, "task")}
          </Link>
          {below > 0 && (
            <Link to={`/projects/${project.id}`} className={styles.above}>
              {counted(below, "sub-project")}
            </Link>
          )}
          {(stats?.status_count?.in_progress ?? 0) > 0 && (
            <span className={styles.running}>
              <Icon name="play" size={12} />
              {stats?.status_count?.in_progress} running
            </span>
          )}
          {(stats?.total_runtime ?? 0) > 0 && (
            <span title="Run time of all its tasks">{duration(stats?.total_runtime)}</span>
          )}
          <time className={styles.time} dateTime={project.last_update} title={dateTime(project.last_update)}>
            {ago(project.last_update)}
          </time>
        </dl>
      </div>
    </article>
  );
}

/** How many tasks are in which status, as one bar; the words are in its title and for screen readers. */
export function StatusBar({ counts, total }: { counts: Record<string, number> | undefined; total: number }) {
  const parts = STATUSES.flatMap((status) => {
    const count = counts?.[status] ?? 0;
    return count > 0 ? [{ status, count }] : [];
  });
  const words =
    parts.map(({ status, count }) => `${count} ${statusWords(status).toLowerCase()}`).join(", ") || "No tasks";
  return (
    <svg className={styles.bar} role="img" aria-label={words} viewBox="0 0 100 4" preserveAspectRatio="none">
      <title>{words}</title>
      <rect width="100" height="4" fill="var(--surface-2)" />
      {parts.map(({ status, count }, index) => {
        const before = parts.slice(0, index).reduce((sum, part) => sum + part.count, 0);
        return (
          <rect
            key={status}
            x={(before / total) * 100}
            width={(count / total) * 100}
            height="4"
            fill={`var(--status-${status})`}
          />
        );
      })}
    </svg>
  );
}
