/** The tabs of a task, and the older names of their addresses. */

export const TABS = {
  info: "Overview",
  execution: "Execution",
  configuration: "Configuration",
  artifacts: "Artifacts",
  console: "Console",
  scalars: "Scalars",
  plots: "Plots",
  images: "Images",
} as const;

export type Tab = keyof typeof TABS;

/** As SDKs and the reference's app write them, by what the address begins with. */
const OLDER: [begins: string, tab: Tab][] = [
  ["output/log", "console"],
  ["output/metrics/scalar", "scalars"],
  ["output/metrics/plots", "plots"],
  ["output/debugImages", "images"],
  ["output/debug-images", "images"],
  ["output", "info"],
  ["hyper-params", "configuration"],
  ["hyper-param", "configuration"],
  ["general", "info"],
  ["details", "info"],
  ["debugImages", "images"],
  ["log", "console"],
];

/** The tab that an address means: `rest` is what follows the task's id. exact: whether it is the tab's own address. */
export function tabOf(rest: string): { tab: Tab; exact: boolean } {
  const words = rest.replace(/^\/+|\/+$/g, "");
  const [first = ""] = words.split("/");
  if (words in TABS) return { tab: words as Tab, exact: true };
  const older = OLDER.find(([begins]) => words === begins || words.startsWith(`${begins}/`));
  if (older) return { tab: older[1], exact: false };
  return { tab: first in TABS ? (first as Tab) : "info", exact: false };
}
