/** Light, dark, or as the system has it. The choice is this browser's; `public/theme.js` applies it before the first paint. */
import { useSyncExternalStore } from "react";
import { remember, remembered } from "@/lib/storage";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
let choice: Theme = THEMES.find((name) => name === remembered("theme")) ?? "system";

function apply(): void {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  for (const listener of listeners) listener();
}

function isDark(): boolean {
  return choice === "dark" || (choice === "system" && system.matches);
}

system.addEventListener("change", apply);

export function setTheme(theme: Theme): void {
  choice = theme;
  remember("theme", theme === "system" ? null : theme);
  apply();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => choice);
}

/** What is shown now: for what is drawn on a canvas and has to be drawn again. */
export function useDark(): boolean {
  return useSyncExternalStore(subscribe, isDark);
}

/** A colour of tokens.css as it is now, for a canvas. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
