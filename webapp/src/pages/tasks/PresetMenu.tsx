import { useState } from "react";
import { Button } from "@/ui/Button";
import { controlClass } from "@/ui/Field";
import styles from "./ColumnChooser.module.css";
import type { Preset } from "./presets";

interface Props {
  presets: Preset[];
  /** The query of the address as it is now. */
  query: string;
  onSave: (presets: Preset[]) => void;
  onOpen: (query: string) => void;
}

/** Named column sets, orders and filters of this project. */
export function PresetMenu({ presets, query, onSave, onOpen }: Props) {
  const [name, setName] = useState("");
  const keep = () => {
    const words = name.trim();
    if (!words) return;
    onSave([...presets.filter((one) => one.name !== words), { name: words, query }]);
    setName("");
  };
  const first = (chosen: Preset) =>
    presets.map(({ first: was, ...one }) => (one.name === chosen.name && !was ? { ...one, first: true } : one));
  return (
    <div className={styles.chooser}>
      {presets.length === 0 && (
        <p className={styles.none}>Name the columns, order and filters that you see now, to come back to them.</p>
      )}
      <ul className={styles.chosen} aria-label="Views of this project">
        {presets.map((preset) => (
          <li key={preset.name} className={styles.line}>
            <button
              type="button"
              className={styles.choice}
              aria-current={preset.query === query}
              onClick={() => onOpen(preset.query)}
            >
              {preset.name}
            </button>
            <Button
              small
              kind="quiet"
              icon="pin"
              aria-label={`Open ${preset.name} first`}
              aria-pressed={preset.first ?? false}
              onClick={() => onSave(first(preset))}
            />
            <Button
              small
              kind="quiet"
              icon="trash"
              aria-label={`Forget ${preset.name}`}
              onClick={() => onSave(presets.filter((one) => one.name !== preset.name))}
            />
          </li>
        ))}
      </ul>
      <form
        className={styles.line}
        onSubmit={(event) => {
          event.preventDefault();
          keep();
        }}
      >
        <input
          className={controlClass}
          placeholder="Name of this view"
          aria-label="Name of this view"
          value={name}
          maxLength={80}
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" disabled={!name.trim()}>
          Keep
        </Button>
      </form>
    </div>
  );
}
