/** Live refresh: one switch for the whole app, remembered in this browser. A hidden tab does not ask (React Query sees to that). */
import { useSyncExternalStore } from "react";
import { remember, remembered } from "./storage";

export const EVERY_MS = 10_000;

let on = remembered("live") !== "off";
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function setLive(value: boolean): void {
  on = value;
  remember("live", value ? null : "off");
  for (const listener of listeners) listener();
}

export function useLive(): boolean {
  return useSyncExternalStore(subscribe, () => on);
}

/** Milliseconds between two questions, false while live refresh is off: for `refetchInterval`. */
export function useLiveInterval(everyMs: number = EVERY_MS): number | false {
  return useLive() ? everyMs : false;
}
