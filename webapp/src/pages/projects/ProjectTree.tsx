import { useState } from "react";
import { Link } from "react-router";
import type { ProjectRow } from "@/api/entities";
import { ago, dateTime } from "@/lib/format";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Failure, Loading } from "@/ui/states";
import { type Doing, ProjectMenu } from "./actions";
import { StatusBar } from "./ProjectCard";
import styles from "./ProjectTree.module.css";
import { type Sort, useProjects } from "./queries";

interface Props {
  parent: string | null;
  sort: Sort;
  hidden: boolean;
  onDo: (doing: Doing) => void;
}

/** All projects as rows; a row opens to show what is below it, which is read only then. */
export function ProjectTree(props: Props) {
  return (
    <table className={styles.tree}>
      <thead>
        <tr>
          <th scope="col">Project</th>
          <th scope="col" className={styles.number}>
            Tasks
          </th>
          <th scope="col" className={styles.number}>
            Running
          </th>
          <th scope="col" className={styles.status}>
            Status
          </th>
          <th scope="col">Changed</th>
          <th scope="col">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        <Level {...props} depth={0} />
      </tbody>
    </table>
  );
}

function Level({ parent, sort, hidden, onDo, depth }: Props & { depth: number }) {
  const found = useProjects({ parent, words: "", sort, hidden });
  if (found.isPending || found.error)
    return (
      <tr>
        <td colSpan={6}>
          {found.error ? <Failure error={found.error} retry={() => void found.refetch()} /> : <Loading />}
        </td>
      </tr>
    );
  return (
    <>
      {found.data.pages.flat().map((project) => (
        <Branch key={project.id} project={project} sort={sort} hidden={hidden} onDo={onDo} depth={depth} />
      ))}
      {found.hasNextPage && (
        <tr>
          <td colSpan={6} style={{ paddingLeft: `${depth * 1.25 + 2.5}rem` }}>
            <Button small busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
              Show more
            </Button>
          </td>
        </tr>
      )}
    </>
  );
}

function Branch({ project, depth, ...rest }: Omit<Props, "parent"> & { project: ProjectRow; depth: number }) {
  const [open, setOpen] = useState(false);
  const stats = project.stats?.active;
  const below = project.sub_projects?.length ?? 0;
  return (
    <>
      <tr>
        <td>
          <span className={styles.name} style={{ paddingLeft: `${depth * 1.25}rem` }}>
            {below > 0 ? (
              <button
                type="button"
                className={`${styles.twist} ${open ? styles.open : ""}`}
                aria-expanded={open}
                aria-label={`${open ? "Close" : "Open"} ${project.basename}`}
                onClick={() => setOpen(!open)}
              >
                <Icon name="chevronRight" />
              </button>
            ) : (
              <span className={styles.twist} />
            )}
            <Icon name="folder" />
            <Link to={`/projects/${project.id}/tasks`}>{project.basename}</Link>
          </span>
        </td>
        <td className={styles.number}>{(stats?.total_tasks ?? 0).toLocaleString("en")}</td>
        <td className={styles.number}>{stats?.status_count?.in_progress || ""}</td>
        <td>
          <StatusBar counts={stats?.status_count} total={stats?.total_tasks ?? 0} />
        </td>
        <td>
          <time dateTime={project.last_update} title={dateTime(project.last_update)}>
            {ago(project.last_update)}
          </time>
        </td>
        <td>
          <ProjectMenu project={project} onDo={rest.onDo} />
        </td>
      </tr>
      {open && <Level {...rest} parent={project.id} depth={depth + 1} />}
    </>
  );
}
