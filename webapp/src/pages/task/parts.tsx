/** What the tabs are made of: cards, facts, a tool bar. */
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { Icon } from "@/ui/Icon";
import styles from "./parts.module.css";

export function Card({
  title,
  beside,
  actions,
  children,
}: {
  title: string;
  beside?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className={styles.card} aria-label={title}>
      <header className={styles.head}>
        <h2>{title}</h2>
        {beside && <span className={styles.beside}>{beside}</span>}
        {actions && <span className={styles.actions}>{actions}</span>}
      </header>
      {children}
    </section>
  );
}

/** Names and values; a value that is empty is left out. */
export function FactList({ facts }: { facts: [name: string, value: ReactNode][] }) {
  const told = facts.filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false);
  if (told.length === 0) return <p className={styles.none}>Nothing is recorded here.</p>;
  return (
    <dl className={styles.facts}>
      {told.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Toolbar({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={styles.toolbar} role="toolbar" aria-label={label}>
      {children}
    </div>
  );
}

interface SearchProps {
  label: string;
  value: string;
  onChange: (words: string) => void;
  onKeyDown?: (event: KeyboardEvent<HTMLInputElement>) => void;
}

/** Keeps what is typed by itself: an address follows a moment later, and letters must not be lost meanwhile. */
export function Search({ label, value, onChange, onKeyDown }: SearchProps) {
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (input.current !== document.activeElement) setTyped(value);
  }, [value]);
  return (
    <span className={styles.search}>
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={label}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          onChange(event.target.value);
        }}
        onKeyDown={onKeyDown}
      />
    </span>
  );
}

/** A short choice in a tool bar. */
export function Choice<T extends string>({
  label,
  value,
  of,
  onChange,
}: {
  label: string;
  value: T;
  of: Record<T, string>;
  onChange: (value: T) => void;
}) {
  return (
    <label className={styles.choice}>
      <span aria-hidden="true">{label}</span>
      <select aria-label={label} value={value} onChange={(event) => onChange(event.target.value as T)}>
        {(Object.entries(of) as [T, string][]).map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Text as it came, in a box of its own that scrolls. */
export function TextBlock({ children, label }: { children: string; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard
    <pre className={styles.text} aria-label={label} tabIndex={0}>
      {children}
    </pre>
  );
}
