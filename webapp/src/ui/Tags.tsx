import styles from "./Tags.module.css";

const HUES = 12;

/** A tag has the same colour wherever it is shown. */
export function Tag({ name, onRemove }: { name: string; onRemove?: () => void }) {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return (
    <span className={`${styles.tag} ${styles[`hue${hash % HUES}`]}`}>
      <span className={styles.name}>{name}</span>
      {onRemove && (
        <button type="button" className={styles.remove} aria-label={`Remove tag ${name}`} onClick={onRemove}>
          ×
        </button>
      )}
    </span>
  );
}

export function Tags({ names }: { names: string[] | undefined }) {
  if (!names?.length) return null;
  return (
    <span className={styles.tags}>
      {names.map((name) => (
        <Tag key={name} name={name} />
      ))}
    </span>
  );
}
