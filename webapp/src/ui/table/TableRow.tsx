import { type MouseEvent, memo, type ReactNode, type RefObject } from "react";
import type { Column } from "./Table";
import styles from "./Table.module.css";

/** What a row's mouse does; the table puts the functions of its latest rendering in. */
export interface RowActs<Row> {
  press: (index: number, event: MouseEvent) => void;
  check: (index: number, event: MouseEvent) => void;
  open: (row: Row) => void;
  menu: (event: MouseEvent, row: Row) => void;
}

interface Props<Row> {
  /** undefined: not here yet. */
  row: Row | undefined;
  index: number;
  start: number;
  columns: Column<Row>[];
  template: string;
  pinnedAt: ReadonlyMap<string, number>;
  /** null: rows cannot be selected. */
  selected: boolean | null;
  cursor: boolean;
  acts: RefObject<RowActs<Row>>;
}

function Plain<Row>({ row, index, start, columns, template, pinnedAt, selected, cursor, acts }: Props<Row>): ReactNode {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid itself takes the keys
    <div
      id={`row-${index}`}
      role="row"
      tabIndex={-1}
      aria-rowindex={index + 2}
      aria-selected={selected ?? undefined}
      className={`${styles.row} ${selected ? styles.selected : ""} ${cursor ? styles.cursor : ""}`}
      style={{ gridTemplateColumns: template, transform: `translateY(${start}px)` }}
      onClick={(event) => acts.current.press(index, event)}
      onMouseDown={(event) => event.shiftKey && event.preventDefault()}
      onDoubleClick={() => row && acts.current.open(row)}
      onContextMenu={(event) => row && acts.current.menu(event, row)}
    >
      {selected !== null && (
        <div role="gridcell" className={`${styles.cell} ${styles.pinned} ${styles.check}`} style={{ left: 0 }}>
          <input
            type="checkbox"
            aria-label="Select this row"
            tabIndex={-1}
            checked={selected}
            disabled={!row}
            onClick={(event) => {
              event.stopPropagation();
              acts.current.check(index, event);
            }}
            onChange={() => undefined}
          />
        </div>
      )}
      {columns.map((column) => (
        <div
          key={column.id}
          role="gridcell"
          className={`${styles.cell} ${column.pinned ? styles.pinned : ""} ${column.align === "end" ? styles.end : ""}`}
          style={pinnedAt.has(column.id) ? { left: pinnedAt.get(column.id) } : undefined}
        >
          {row ? column.cell(row) : <span className={styles.ghost} />}
        </div>
      ))}
      <div className={styles.cell} />
    </div>
  );
}

/** PERF: scrolling renders the rows that come into view, not those that stay. */
export const TableRow = memo(Plain) as typeof Plain;
