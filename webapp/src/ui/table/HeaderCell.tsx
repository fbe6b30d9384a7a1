import { type DragEvent, type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { Icon } from "../Icon";
import { Popup } from "../Popup";
import type { Column } from "./Table";
import styles from "./Table.module.css";

const LEAST_PX = 56;
const MOST_PX = 1200;
const STEP_PX = 16;
const DRAGGED = "application/x-trackyard-column";

interface Props<Row> {
  column: Column<Row>;
  index: number;
  ids: string[];
  width: number;
  left: number | undefined;
  sort: string[];
  onSort: ((sort: string[]) => void) | undefined;
  onWidth: ((column: string, width: number) => void) | undefined;
  onOrder: ((ids: string[]) => void) | undefined;
}

/** A column's head: click sorts (shift adds a second key), the funnel filters, dragging moves, the right edge resizes. */
export function HeaderCell<Row>({ column, index, ids, width, left, sort, onSort, onWidth, onOrder }: Props<Row>) {
  const [target, setTarget] = useState(false);
  const start = useRef({ x: 0, width: 0 });
  // The head is draggable, and its edge is a part of it: pulling the edge must not drag the head.
  const resizing = useRef(false);
  const place = column.sort ? sort.findIndex((key) => key.replace(/^-/, "") === column.sort) : -1;
  const down = place >= 0 && sort[place]?.startsWith("-");

  const resize = (to: number) => onWidth?.(column.id, Math.round(Math.max(LEAST_PX, Math.min(MOST_PX, to))));
  const move = (id: string, to: number) => {
    const rest = ids.filter((one) => one !== id);
    rest.splice(to, 0, id);
    onOrder?.(rest);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!event.altKey || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    event.preventDefault();
    const by = event.key === "ArrowRight" ? 1 : -1;
    if (event.shiftKey) resize(width + by * STEP_PX);
    else if (index + by >= 0 && index + by < ids.length) move(column.id, index + by);
  };
  const dropped = (event: DragEvent) => {
    setTarget(false);
    const id = event.dataTransfer.getData(DRAGGED);
    if (id && id !== column.id) move(id, index);
  };
  return (
    <div
      role="columnheader"
      tabIndex={-1}
      aria-sort={place < 0 ? undefined : down ? "descending" : "ascending"}
      className={`${styles.cell} ${styles.headCell} ${column.pinned ? styles.pinned : ""} ${column.align === "end" ? styles.end : ""} ${target ? styles.target : ""}`}
      style={left === undefined ? undefined : { left }}
      draggable={Boolean(onOrder) && !column.pinned}
      onDragStart={(event) => {
        if (resizing.current) event.preventDefault();
        else event.dataTransfer.setData(DRAGGED, column.id);
      }}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(DRAGGED) || column.pinned) return;
        event.preventDefault();
        setTarget(true);
      }}
      onDragLeave={() => setTarget(false)}
      onDrop={dropped}
      onKeyDown={onKeyDown}
    >
      {column.sort && onSort ? (
        <button
          type="button"
          className={styles.sort}
          title={column.hint ?? column.title}
          onClick={(event) => onSort(nextSort(sort, column.sort ?? "", event.shiftKey))}
        >
          <span className={styles.title}>{column.title}</span>
          {place >= 0 && <Icon name={down ? "sortDown" : "sortUp"} size={13} />}
          {place >= 0 && sort.length > 1 && <span className={styles.place}>{place + 1}</span>}
        </button>
      ) : (
        <span className={styles.title} title={column.hint ?? column.title}>
          {column.title}
        </span>
      )}
      {column.filter && (
        <Popup
          label={`Filter ${column.title}`}
          icon="filter"
          className={`${styles.funnel} ${column.filtered ? styles.filtered : ""}`}
        >
          {column.filter}
        </Popup>
      )}
      {onWidth && (
        <div
          role="separator"
          aria-label={`Width of ${column.title}`}
          className={styles.edge}
          onPointerDown={(event: PointerEvent<HTMLElement>) => {
            event.preventDefault();
            event.currentTarget.setPointerCapture(event.pointerId);
            start.current = { x: event.clientX, width };
            resizing.current = true;
          }}
          onPointerMove={(event: PointerEvent<HTMLElement>) => {
            if (event.currentTarget.hasPointerCapture(event.pointerId))
              resize(start.current.width + event.clientX - start.current.x);
          }}
          onLostPointerCapture={() => {
            resizing.current = false;
          }}
          onDoubleClick={() => resize(column.width)}
        />
      )}
    </div>
  );
}

/** What `order_by` becomes when a head is clicked: up, down, up; with `add` it joins the keys that are there, and the third click removes it. */
export function nextSort(sort: string[], key: string, add: boolean): string[] {
  const at = sort.findIndex((one) => one.replace(/^-/, "") === key);
  const flipped = at < 0 ? key : sort[at]?.startsWith("-") ? key : `-${key}`;
  if (!add) return [flipped];
  if (at < 0) return [...sort, key];
  if (sort[at]?.startsWith("-") && sort.length > 1) return sort.filter((_, index) => index !== at);
  return sort.map((one, index) => (index === at ? flipped : one));
}
