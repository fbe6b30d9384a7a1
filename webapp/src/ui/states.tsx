/** What a panel shows while it has nothing else to show: loading, empty, failed. */
import { Component, type ReactNode } from "react";
import { CallError, wordsOf } from "@/api/client";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";
import styles from "./states.module.css";

/** Appears only after a moment, so that quick answers do not flicker. */
export function Loading({ what = "Loading" }: { what?: string }) {
  return (
    <div className={styles.loading} role="status">
      <span className={styles.bar} />
      <span className="visually-hidden">{what}…</span>
    </div>
  );
}

interface EmptyProps {
  title: string;
  icon?: IconName;
  children?: ReactNode;
}

/** Nothing here yet: say why, and what the first step is (see `CodeBlock` for something to copy). */
export function Empty({ title, icon = "info", children }: EmptyProps) {
  return (
    <div className={styles.empty}>
      <span className={styles.emptyIcon}>
        <Icon name={icon} size={24} />
      </span>
      <h2>{title}</h2>
      {children && <div className={styles.emptyBody}>{children}</div>}
    </div>
  );
}

/** A call failed: what the server said, and a way to try again. It spoils its own panel only. */
export function Failure({ error, retry, what }: { error: unknown; retry?: () => void; what?: string }) {
  const id = error instanceof CallError ? error.id : "";
  return (
    <div className={styles.failure} role="alert">
      <Icon name="alert" />
      <div className={styles.failureWords}>
        <strong>{what ?? "This could not be loaded"}</strong>
        <div>{wordsOf(error)}</div>
        {id && <div className={styles.id}>The server's log has it under {id}</div>}
      </div>
      {retry && (
        <Button small icon="refresh" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

interface BoundaryState {
  error: unknown;
}

/** Keeps an exception of what is inside from taking the whole page down. resetKey: a change of it tries again. */
export class Boundary extends Component<{ children: ReactNode; resetKey?: unknown; what?: string }, BoundaryState> {
  override state: BoundaryState = { error: null };

  static getDerivedStateFromError(error: unknown): BoundaryState {
    return { error };
  }

  override componentDidUpdate(before: { resetKey?: unknown }): void {
    if (this.state.error !== null && before.resetKey !== this.props.resetKey) this.setState({ error: null });
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <Failure
        error={this.state.error}
        retry={() => this.setState({ error: null })}
        what={this.props.what ?? "This part broke"}
      />
    );
  }
}
