/** A button that opens a small panel or a menu below itself; Escape or a click elsewhere closes it and gives the focus back. */
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";
import styles from "./Popup.module.css";

const GAP_PX = 4;

interface PlacedProps {
  /** Where: an element to hang below, or a point. */
  at: Element | { x: number; y: number };
  onClose: () => void;
  children: ReactNode;
  label: string;
  menu?: boolean;
}

/** The panel itself. */
export function Placed({ at, onClose, children, label, menu }: PlacedProps) {
  const ref = useRef<HTMLDivElement>(null);
  const [home] = useState(() => (document.activeElement instanceof HTMLElement ? document.activeElement : null));
  useLayoutEffect(() => {
    const panel = ref.current;
    if (!panel) return;
    const box = at instanceof Element ? at.getBoundingClientRect() : new DOMRect(at.x, at.y, 0, 0);
    const { width, height } = panel.getBoundingClientRect();
    const left = Math.max(GAP_PX, Math.min(box.left, innerWidth - width - GAP_PX));
    const below = box.bottom + GAP_PX;
    const top = below + height > innerHeight && box.top - height - GAP_PX > 0 ? box.top - height - GAP_PX : below;
    panel.style.left = `${left}px`;
    panel.style.top = `${top}px`;
    panel.style.maxHeight = `${Math.max(120, innerHeight - top - 2 * GAP_PX)}px`;
    if (!panel.contains(document.activeElement)) {
      (
        panel.querySelector<HTMLElement>("[autofocus], input, button:not(:disabled), [role^=menuitem]") ?? panel
      ).focus();
    }
  }, [at]);
  useEffect(() => {
    const outside = (event: Event) => {
      const target = event.target;
      if (target instanceof Node && !ref.current?.contains(target) && !(at instanceof Element && at.contains(target)))
        onClose();
    };
    // The focus may be nowhere, when what had it inside was just removed.
    const onEscape = (event: globalThis.KeyboardEvent) => {
      if (event.key !== "Escape" || ref.current?.contains(document.activeElement)) return;
      event.preventDefault();
      onClose();
      home?.focus();
    };
    document.addEventListener("pointerdown", outside, true);
    document.addEventListener("keydown", onEscape, true);
    return () => {
      document.removeEventListener("pointerdown", outside, true);
      document.removeEventListener("keydown", onEscape, true);
    };
  }, [at, onClose, home]);
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") {
      event.preventDefault();
      onClose();
      home?.focus();
    }
    if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const items = [...(ref.current?.querySelectorAll<HTMLElement>("[role^=menuitem]:not(:disabled)") ?? [])];
      const now = items.indexOf(document.activeElement as HTMLElement);
      items[(now + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length]?.focus();
    }
    if (menu && event.key === "Tab") onClose();
  };
  return createPortal(
    <div
      ref={ref}
      role={menu ? "menu" : "dialog"}
      aria-label={label}
      tabIndex={-1}
      className={`${styles.panel} ${menu ? styles.menu : ""}`}
      onKeyDown={onKeyDown}
    >
      {children}
    </div>,
    (at instanceof Element ? at.closest("dialog") : null) ?? document.body,
  );
}

interface PopupProps {
  label: string;
  icon?: IconName;
  /** Text on the button; without, the icon alone. */
  text?: ReactNode;
  kind?: "plain" | "quiet";
  className?: string | undefined;
  menu?: boolean;
  disabled?: boolean;
  children: (close: () => void) => ReactNode;
}

export function Popup({ label, icon, text, kind = "quiet", className, menu, disabled, children }: PopupProps) {
  const [open, setOpen] = useState<Element | null>(null);
  const close = useCallback(() => setOpen(null), []);
  return (
    <>
      <Button
        small
        kind={kind}
        {...(icon ? { icon } : {})}
        aria-label={label}
        aria-haspopup={menu ? "menu" : "dialog"}
        aria-expanded={open !== null}
        className={className}
        disabled={disabled}
        onClick={(event) => {
          const button = event.currentTarget;
          setOpen((now) => (now ? null : button));
        }}
      >
        {text}
      </Button>
      {open && (
        <Placed at={open} onClose={close} label={label} menu={menu ?? false}>
          {children(close)}
        </Placed>
      )}
    </>
  );
}

interface MenuItemProps {
  icon?: IconName;
  children: ReactNode;
  onSelect: () => void;
  disabled?: boolean;
  danger?: boolean;
  /** The key that does the same. */
  keys?: string;
}

export function MenuItem({ icon, children, onSelect, disabled, danger, keys }: MenuItemProps) {
  return (
    <button
      type="button"
      role="menuitem"
      className={`${styles.item} ${danger ? styles.danger : ""}`}
      disabled={disabled}
      onClick={onSelect}
    >
      {icon && <Icon name={icon} />}
      <span className={styles.itemText}>{children}</span>
      {keys && <kbd>{keys}</kbd>}
    </button>
  );
}
