/** What can be done to tasks, and to which. */
import { isReadOnly, type TaskRow } from "@/api/entities";
import { PAGES } from "@/app/pages";
import type { IconName } from "@/ui/Icon";

export type Verb =
  | "compare"
  | "enqueue"
  | "dequeue"
  | "abort"
  | "tags"
  | "move"
  | "archive"
  | "unarchive"
  | "reset"
  | "publish"
  | "delete";

interface VerbInfo {
  title: string;
  icon: IconName;
  applies: (task: TaskRow) => boolean;
  key?: string;
  danger?: boolean;
}

const own = (task: TaskRow) => !isReadOnly(task);
const archived = (task: TaskRow) => task.system_tags?.includes("archived") ?? false;
const is =
  (...statuses: string[]) =>
  (task: TaskRow) =>
    own(task) && statuses.includes(task.status ?? "");
const FRESH_OR_FIXED = ["created", "published", "publishing"];

export const VERBS: Record<Verb, VerbInfo> = {
  compare: { title: "Compare", icon: "compare", applies: () => true, key: "c" },
  enqueue: { title: "Enqueue", icon: "queue", applies: is("created", "stopped", "failed"), key: "e" },
  dequeue: { title: "Dequeue", icon: "back", applies: is("queued") },
  abort: { title: "Abort", icon: "stop", applies: is("in_progress", "queued") },
  tags: { title: "Tags", icon: "tag", applies: own },
  move: { title: "Move", icon: "move", applies: own },
  archive: { title: "Archive", icon: "archive", applies: (task) => own(task) && !archived(task), key: "a" },
  unarchive: { title: "Bring back", icon: "archive", applies: (task) => own(task) && archived(task), key: "a" },
  reset: { title: "Reset", icon: "reset", applies: (task) => own(task) && !FRESH_OR_FIXED.includes(task.status ?? "") },
  publish: { title: "Publish", icon: "publish", applies: is("stopped", "closed", "failed", "completed") },
  delete: { title: "Delete", icon: "trash", applies: own, danger: true },
};

/** The verbs that make sense here; comparing, once there is a page for it. */
export function verbs(inArchive: boolean): Verb[] {
  const compare = PAGES.some(({ routes }) => routes.some(({ path }) => path?.startsWith("compare")));
  return (Object.keys(VERBS) as Verb[]).filter(
    (verb) =>
      (verb !== "compare" || compare) &&
      verb !== (inArchive ? "archive" : "unarchive") &&
      !(inArchive && verb === "enqueue"),
  );
}
