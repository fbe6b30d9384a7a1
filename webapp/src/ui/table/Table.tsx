/**
 * A table of any length over rows that the server pages: only what is in view exists, and only pages in view are asked for
 * (`usePagedRows`). Order, widths, columns and selection belong to the caller, which keeps them in the address (docs/webapp.md).
 *
 * Keys: j/k or arrows move, Home/End, Page up/down, x or space selects, shift+arrow extends, Enter opens, Escape clears.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { type Shortcut, useShortcuts } from "@/lib/shortcuts";
import { HeaderCell } from "./HeaderCell";
import styles from "./Table.module.css";
import { type RowActs, TableRow } from "./TableRow";

export interface Column<Row> {
  id: string;
  title: string;
  /** What the column is, where the title is short. */
  hint?: string;
  width: number;
  align?: "end";
  cell: (row: Row) => ReactNode;
  /** Key for `order_by`; without, the column cannot be sorted by. */
  sort?: string;
  /** Fills the popup of the header's funnel. */
  filter?: () => ReactNode;
  /** Whether a filter of this column is in force. */
  filtered?: boolean;
  /** Stays at the left edge. */
  pinned?: boolean;
}

export interface TableProps<Row> {
  /** What the rows are, for screen readers: "Tasks". */
  label: string;
  columns: Column<Row>[];
  /** Number of rows, loaded or not. */
  count: number;
  /** undefined: not here yet. */
  rowAt: (index: number) => Row | undefined;
  keyOf: (row: Row) => string;
  /** Rows that are in view, the last one included. */
  onRange?: (first: number, last: number) => void;
  /** `order_by`: a leading minus sorts downwards. */
  sort?: string[];
  onSort?: (sort: string[]) => void;
  widths?: Record<string, number>;
  onWidth?: (column: string, width: number) => void;
  /** The ids of all columns in their new order. */
  onOrder?: (ids: string[]) => void;
  selected?: ReadonlySet<string>;
  /** nearby: the rows that are in view, among them those that were just selected. */
  onSelect?: (selected: ReadonlySet<string>, nearby: Row[]) => void;
  onOpen?: (row: Row) => void;
  /** More keys for the row that the cursor is on. */
  shortcuts?: (row: Row | undefined) => Shortcut[];
  onContextMenu?: (event: MouseEvent, row: Row) => void;
  /** Shown instead of rows when there are none. */
  empty?: ReactNode;
}

const ROW_PX = 36;
const OVERSCAN = 12;
const SELECT_PX = 40;

export function Table<Row>(props: TableProps<Row>) {
  const { columns, count, rowAt, keyOf, selected, onSelect, onRange } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState(-1);
  const anchor = useRef(-1);
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    paddingStart: ROW_PX,
    scrollPaddingStart: ROW_PX,
  });
  const items = rows.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => onRange?.(first, last), [onRange, first, last]);
  useEffect(() => setCursor((at) => Math.min(at, count - 1)), [count]);

  const widthOf = (column: Column<Row>) => props.widths?.[column.id] ?? column.width;
  const template = `${onSelect ? `${SELECT_PX}px ` : ""}${columns.map((column) => `${widthOf(column)}px`).join(" ")} minmax(0, 1fr)`;
  const total = (onSelect ? SELECT_PX : 0) + columns.reduce((sum, column) => sum + widthOf(column), 0);
  const { widths } = props;
  const selectable = onSelect !== undefined;
  const pinnedAt = useMemo(() => {
    const found = new Map<string, number>();
    let left = selectable ? SELECT_PX : 0;
    for (const column of columns) {
      if (!column.pinned) break;
      found.set(column.id, left);
      left += widths?.[column.id] ?? column.width;
    }
    return found;
  }, [columns, widths, selectable]);

  const move = (to: number, extend = false) => {
    const at = Math.max(0, Math.min(count - 1, to));
    if (count === 0) return;
    setCursor(at);
    rows.scrollToIndex(at);
    if (extend) range(anchor.current < 0 ? cursor : anchor.current, at);
    else anchor.current = at;
  };
  const range = (from: number, to: number) => {
    if (!onSelect) return;
    const next = new Set(selected);
    const passed: Row[] = [];
    for (let index = Math.max(0, Math.min(from, to)); index <= Math.max(from, to); index++) {
      const row = rowAt(index);
      if (!row) continue;
      next.add(keyOf(row));
      passed.push(row);
    }
    onSelect(next, passed);
  };
  const toggle = (index: number) => {
    const row = rowAt(index);
    if (!row || !onSelect) return;
    const next = new Set(selected);
    if (!next.delete(keyOf(row))) next.add(keyOf(row));
    onSelect(next, [row]);
    anchor.current = index;
  };
  const extend = (index: number) => range(anchor.current < 0 ? index : anchor.current, index);
  const acts = useRef<RowActs<Row>>({} as RowActs<Row>);
  acts.current = {
    press: (index, event) => {
      if (event.shiftKey) extend(index);
      else if (event.ctrlKey || event.metaKey) toggle(index);
      else anchor.current = index;
      setCursor(index);
    },
    check: (index, event) => {
      if (event.shiftKey) extend(index);
      else toggle(index);
      setCursor(index);
    },
    open: (row) => props.onOpen?.(row),
    menu: (event, row) => props.onContextMenu?.(event, row),
  };
  const current = cursor >= 0 ? rowAt(cursor) : undefined;
  const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_PX) - 2);

  useShortcuts("Table", [
    { keys: "j", does: "Next row", run: () => move(cursor + 1) },
    { keys: "k", does: "Previous row", run: () => move(cursor - 1) },
    ...(onSelect ? [{ keys: "x", does: "Select the row", run: () => toggle(cursor) }] : []),
    ...(props.onOpen ? [{ keys: "o", does: "Open the row", run: () => current && props.onOpen?.(current) }] : []),
    ...(props.shortcuts?.(current) ?? []),
  ]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps: Record<string, () => void> = {
      ArrowDown: () => move(cursor + 1, event.shiftKey),
      ArrowUp: () => move(cursor - 1, event.shiftKey),
      PageDown: () => move(cursor + page, event.shiftKey),
      PageUp: () => move(cursor - page, event.shiftKey),
      Home: () => move(0, event.shiftKey),
      End: () => move(count - 1, event.shiftKey),
      " ": () => toggle(cursor),
      Enter: () => current && props.onOpen?.(current),
      Escape: () => onSelect?.(new Set(), []),
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };

  const loaded = items.flatMap(({ index }) => rowAt(index) ?? []);
  const all = loaded.length > 0 && loaded.every((row) => selected?.has(keyOf(row)));
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      role="grid"
      aria-label={props.label}
      aria-rowcount={count + 1}
      aria-multiselectable={onSelect ? true : undefined}
      aria-activedescendant={cursor >= 0 ? `row-${cursor}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onFocus={(event) => event.target === event.currentTarget && cursor < 0 && count > 0 && setCursor(0)}
    >
      <div className={styles.canvas} style={{ height: Math.max(rows.getTotalSize(), ROW_PX), minWidth: total }}>
        <div className={styles.head} role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
          {onSelect && (
            <div role="columnheader" className={`${styles.cell} ${styles.pinned} ${styles.check}`} style={{ left: 0 }}>
              <input
                type="checkbox"
                aria-label="Select the rows in view"
                checked={all}
                ref={(box) => {
                  if (box) box.indeterminate = !all && (selected?.size ?? 0) > 0;
                }}
                onChange={() =>
                  onSelect(all || (selected?.size ?? 0) > 0 ? new Set() : new Set(loaded.map(keyOf)), loaded)
                }
              />
            </div>
          )}
          {columns.map((column, index) => (
            <HeaderCell
              key={column.id}
              column={column}
              index={index}
              ids={columns.map(({ id }) => id)}
              width={widthOf(column)}
              left={pinnedAt.get(column.id)}
              sort={props.sort ?? []}
              onSort={props.onSort}
              onWidth={props.onWidth}
              onOrder={props.onOrder}
            />
          ))}
        </div>
        {items.map(({ index, start }) => {
          const row = rowAt(index);
          const key = row ? keyOf(row) : `${index}`;
          return (
            <TableRow
              key={key}
              row={row}
              index={index}
              start={start}
              columns={columns}
              template={template}
              pinnedAt={pinnedAt}
              selected={onSelect ? row !== undefined && (selected?.has(key) ?? false) : null}
              cursor={index === cursor}
              acts={acts}
            />
          );
        })}
      </div>
      {count === 0 && <div className={styles.empty}>{props.empty}</div>}
    </div>
  );
}
