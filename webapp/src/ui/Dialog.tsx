/** Dialogs on the browser's own `<dialog>`: it keeps the focus inside, gives it back at the end, and closes with Escape. */
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Button } from "./Button";
import styles from "./Dialog.module.css";
import { Field } from "./Field";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Buttons at the bottom, the one that does it last. */
  actions?: ReactNode;
  wide?: boolean;
  /** Runs when the form inside is sent, by a `submit` button or Enter. */
  onSubmit?: () => void;
}

export function Dialog({ title, onClose, children, actions, wide, onSubmit }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the dialog is an extra; Escape closes it, too
    <dialog
      ref={ref}
      aria-labelledby={heading}
      className={`${styles.dialog} ${wide ? styles.wide : ""}`}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit?.();
        }}
      >
        <header className={styles.head}>
          <h2 id={heading}>{title}</h2>
          <Button kind="quiet" icon="close" small aria-label="Close" onClick={onClose} />
        </header>
        <div className={styles.body}>{children}</div>
        {actions && <footer className={styles.foot}>{actions}</footer>}
      </form>
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  children: ReactNode;
  /** The verb on the button: "Delete 3 tasks". */
  does: string;
  danger?: boolean;
  /** A word that has to be typed first, for what cannot be undone. */
  typed?: string;
  busy?: boolean;
  disabled?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that is not easily undone. What can be undone is done at once, with an Undo in its toast. */
export function Confirm({ title, children, does, danger, typed, busy, disabled, onConfirm, onClose }: ConfirmProps) {
  const [words, setWords] = useState("");
  const ready = !disabled && (!typed || words.trim() === typed);
  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={() => ready && !busy && onConfirm()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind={danger ? "danger" : "primary"} busy={busy} disabled={!ready}>
            {does}
          </Button>
        </>
      }
    >
      {children}
      {typed && (
        <Field label={`Type "${typed}" to confirm`}>
          <input value={words} onChange={(event) => setWords(event.target.value)} autoComplete="off" />
        </Field>
      )}
    </Dialog>
  );
}
