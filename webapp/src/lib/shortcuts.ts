/**
 * Keys. `useShortcuts("Table", [{ keys: "j", does: "Next row", run }])` while a component is there; the help (`?`) lists what holds now.
 * A key that is typed into a field stays with the field; a dialog keeps all keys but those of its own shortcuts.
 */
import { useEffect, useRef, useSyncExternalStore } from "react";

export interface Shortcut {
  /** "j", "?", "mod+k" (ctrl, on a Mac command), "shift+x", "g p" (one after the other). */
  keys: string;
  does: string;
  run: (event: KeyboardEvent) => void;
  /** Works inside of text fields, too. */
  inFields?: boolean;
}

interface Group {
  title: string;
  shortcuts: Shortcut[];
}

const BETWEEN_KEYS_MS = 1_000;
let groups: Group[] = [];
const listeners = new Set<() => void>();
let first = "";
let firstAt = 0;

function changed(next: Group[]): void {
  groups = next;
  for (const listener of listeners) listener();
}

export function useShortcuts(title: string, shortcuts: Shortcut[], enabled = true): void {
  const current = useRef(shortcuts);
  current.current = shortcuts;
  const names = shortcuts.map(({ keys, does }) => `${keys}\n${does}`).join("\n\n");
  useEffect(() => {
    if (!enabled || names === "") return;
    const group: Group = {
      title,
      shortcuts: current.current.map((shortcut, index) => ({
        ...shortcut,
        run: (event) => current.current[index]?.run(event),
      })),
    };
    changed([...groups, group]);
    return () => changed(groups.filter((one) => one !== group));
  }, [title, enabled, names]);
}

/** All shortcuts that hold now, for the help. */
export function useShortcutGroups(): Group[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => groups,
  );
}

export function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const letter = /^[a-z0-9]$/.test(key) || event.key.length > 1;
  return `${event.ctrlKey || event.metaKey ? "mod+" : ""}${event.altKey ? "alt+" : ""}${event.shiftKey && letter ? "shift+" : ""}${key}`;
}

function inField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button])")
  );
}

function handle(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const name = nameOf(event);
  const pair = event.timeStamp - firstAt < BETWEEN_KEYS_MS ? `${first} ${name}` : "";
  const typing = inField(event.target);
  const dialog = document.querySelector("dialog[open]") !== null;
  const all = [...groups].reverse().flatMap((group) => group.shortcuts);
  const found = all.find(({ keys, inFields }) => (keys === pair || keys === name) && (!(typing || dialog) || inFields));
  if (found) {
    first = "";
    event.preventDefault();
    found.run(event);
  } else if (!typing) {
    first = name;
    firstAt = event.timeStamp;
  }
}

if (typeof document !== "undefined") document.addEventListener("keydown", handle);
