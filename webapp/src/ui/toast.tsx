/** Short notes at the screen's edge: `toast.ok("3 tasks archived", { undo: () => … })`. They are read out by screen readers. */
import { useEffect, useSyncExternalStore } from "react";
import { Icon } from "./Icon";
import styles from "./toast.module.css";

type Kind = "ok" | "error" | "info";

interface Toast {
  id: number;
  kind: Kind;
  words: string;
  undo?: () => void;
}

const STAYS_MS = 6_000;
const STAYS_WITH_UNDO_MS = 12_000;
const MOST = 4;
let toasts: Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function changed(next: Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

function add(kind: Kind, words: string, options: { undo?: () => void } = {}): void {
  const same = toasts.filter((one) => one.words !== words || options.undo);
  changed([...same.slice(1 - MOST), { id: ++last, kind, words, ...options }]);
}

export const toast = {
  ok: (words: string, options?: { undo?: () => void }) => add("ok", words, options),
  error: (words: string) => add("error", words),
  info: (words: string, options?: { undo?: () => void }) => add("info", words, options),
};

function dismiss(id: number): void {
  changed(toasts.filter((one) => one.id !== id));
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <section className={styles.place} aria-live="polite" aria-label="Notes">
      {shown.map((one) => (
        <Note key={one.id} note={one} />
      ))}
    </section>
  );
}

function Note({ note }: { note: Toast }) {
  useEffect(() => {
    // A failure stays until it was read; somebody has to do something about it.
    if (note.kind === "error") return;
    const timer = setTimeout(() => dismiss(note.id), note.undo ? STAYS_WITH_UNDO_MS : STAYS_MS);
    return () => clearTimeout(timer);
  }, [note]);
  return (
    <div className={`${styles.note} ${styles[note.kind]}`} role={note.kind === "error" ? "alert" : "status"}>
      <Icon name={note.kind === "ok" ? "check" : note.kind === "error" ? "alert" : "info"} />
      <span className={styles.words}>{note.words}</span>
      {note.undo && (
        <button
          type="button"
          className={styles.undo}
          onClick={() => {
            note.undo?.();
            dismiss(note.id);
          }}
        >
          Undo
        </button>
      )}
      <button type="button" className={styles.close} aria-label="Dismiss" onClick={() => dismiss(note.id)}>
        <Icon name="close" />
      </button>
    </div>
  );
}
