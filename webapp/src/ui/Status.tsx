import { Icon, type IconName } from "./Icon";
import styles from "./Status.module.css";

/** Every status with its words and sign: never told by colour alone. */
const SHOWN: Record<string, [words: string, icon: IconName]> = {
  created: ["Draft", "edit"],
  queued: ["Queued", "clock"],
  in_progress: ["Running", "play"],
  stopped: ["Aborted", "stop"],
  completed: ["Completed", "check"],
  closed: ["Completed", "check"],
  failed: ["Failed", "alert"],
  publishing: ["Publishing", "publish"],
  published: ["Published", "publish"],
  unknown: ["Unknown", "info"],
};

export const STATUSES = ["created", "queued", "in_progress", "completed", "stopped", "failed", "published"] as const;
export type TaskStatus = (typeof STATUSES)[number];

export function statusWords(status: string): string {
  return SHOWN[status]?.[0] ?? status;
}

export function Status({ status, short }: { status: string | undefined; short?: boolean }) {
  if (!status) return null;
  const [words, icon] = SHOWN[status] ?? [status, "info"];
  return (
    <span
      className={styles.status}
      style={{ color: `var(--status-${status}, var(--text-2))` }}
      title={short ? words : undefined}
    >
      <Icon name={icon} size={14} />
      {short ? <span className="visually-hidden">{words}</span> : words}
    </span>
  );
}
