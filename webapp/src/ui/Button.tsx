import type { ComponentPropsWithRef } from "react";
import styles from "./Button.module.css";
import { Icon, type IconName } from "./Icon";

interface Props extends ComponentPropsWithRef<"button"> {
  kind?: "primary" | "plain" | "quiet" | "danger";
  icon?: IconName;
  /** Something is under way: the button cannot be pressed again. */
  busy?: boolean;
  small?: boolean;
}

/** Without children, `aria-label` says what the icon does; it is shown as a hint as well. */
export function Button({ kind = "plain", icon, busy, small, children, className, ...rest }: Props) {
  const names = [styles.button, styles[kind], small && styles.small, !children && styles.iconOnly, className];
  return (
    <button
      type="button"
      title={children ? undefined : rest["aria-label"]}
      {...rest}
      disabled={rest.disabled || busy}
      aria-busy={busy || undefined}
      className={names.filter(Boolean).join(" ")}
    >
      {busy ? <span className={styles.spinner} /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}
