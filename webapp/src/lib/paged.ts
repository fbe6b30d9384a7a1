/** Rows of a list that the server pages: only the pages in view are asked for. */
import { keepPreviousData, type QueryClient, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { EVERY_MS, useLive } from "./live";

export const PAGE = 100;

export interface Source<Row> {
  /** The service (`tasks`) first, so that `refresh` finds it; then all that the answer depends on. */
  key: readonly unknown[];
  count: (signal: AbortSignal) => Promise<number>;
  page: (page: number, size: number, signal: AbortSignal) => Promise<Row[]>;
  /** The same rows again, by id, for live refresh. */
  byIds?: (ids: string[], signal: AbortSignal) => Promise<Row[]>;
  keyOf: (row: Row) => string;
}

export interface Paged<Row> {
  count: number;
  rowAt: (index: number) => Row | undefined;
  onRange: (first: number, last: number) => void;
  error: Error | null;
  /** The first answer is not here yet. */
  loading: boolean;
  /** Something is being asked. */
  fetching: boolean;
  /** Rows that came or went since the list was read; a list that is being read is not pulled away under the reader. */
  changed: number;
  reload: () => void;
}

/**
 * Live refresh patches the rows in view where they are. New rows are counted, and shown by `reload`, which happens by itself
 * only while `free` says that nobody is reading further down or has selected something.
 */
export function usePagedRows<Row>(source: Source<Row>, options: { free: boolean; enabled?: boolean }): Paged<Row> {
  const client = useQueryClient();
  const live = useLive();
  const enabled = options.enabled ?? true;
  const [[first, last], setRange] = useState<readonly [number, number]>([0, 0]);
  const onRange = useCallback(
    (from: number, to: number) => setRange((now) => (now[0] === from && now[1] === to ? now : [from, to])),
    [],
  );
  const base = JSON.stringify(source.key);
  const root = useMemo(() => ["paged", ...(JSON.parse(base) as unknown[])], [base]);

  const count = useQuery({
    queryKey: [...root, "count"],
    queryFn: ({ signal }) => source.count(signal),
    placeholderData: keepPreviousData,
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const wanted = useMemo(() => {
    const pages: number[] = [];
    for (let page = Math.floor(first / PAGE); page <= Math.floor(Math.max(last, first) / PAGE); page++)
      pages.push(page);
    return pages;
  }, [first, last]);
  const pages = useQueries({
    queries: wanted.map((page) => ({
      queryKey: [...root, "page", page],
      queryFn: ({ signal }: { signal: AbortSignal }) => source.page(page, PAGE, signal),
      enabled,
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });

  // Rows seen last under any order stay on screen until the new ones are here, so that a change of order does not flash.
  const shown = useRef(new Map<number, Row[]>());
  const fresh = pages.some((page) => page.data !== undefined);
  if (fresh) {
    const next = new Map<number, Row[]>();
    wanted.forEach((page, index) => {
      const rows = pages[index]?.data;
      if (rows) next.set(page, rows);
    });
    shown.current = next;
  }
  const inView = [...shown.current.values()].flat().map(source.keyOf);
  const ids = inView.join(",");
  const patches = useQuery({
    queryKey: [...root, "patch", ids],
    queryFn: async ({ signal }) =>
      new Map((await source.byIds?.(inView, signal))?.map((row) => [source.keyOf(row), row])),
    enabled: enabled && live && Boolean(source.byIds) && ids !== "",
    refetchInterval: EVERY_MS,
    // The rows have just been read.
    initialData: () => new Map<string, Row>(),
    initialDataUpdatedAt: () => Date.now(),
    staleTime: EVERY_MS,
    gcTime: EVERY_MS,
  });
  const counted = useQuery({
    queryKey: [...root, "now", count.data ?? 0],
    queryFn: async ({ signal }) => {
      const now = await source.count(signal);
      if (options.free) reloadAll(client, root, now);
      return now;
    },
    enabled: enabled && live && count.data !== undefined,
    refetchInterval: EVERY_MS,
    initialData: () => count.data ?? 0,
    initialDataUpdatedAt: () => Date.now(),
    staleTime: EVERY_MS,
    gcTime: EVERY_MS,
  });

  const rowAt = (index: number): Row | undefined => {
    const row = shown.current.get(Math.floor(index / PAGE))?.[index % PAGE];
    return row === undefined ? undefined : (patches.data.get(source.keyOf(row)) ?? row);
  };
  return {
    count: count.data ?? 0,
    rowAt,
    onRange,
    error: count.error ?? pages.find((page) => page.error)?.error ?? null,
    loading: enabled && (count.isPending || (pages.some((page) => page.isPending) && shown.current.size === 0)),
    fetching: count.isFetching || pages.some((page) => page.isFetching),
    changed: count.data === undefined ? 0 : counted.data - count.data,
    reload: () => reloadAll(client, root),
  };
}

function reloadAll(client: QueryClient, root: readonly unknown[], count?: number): void {
  if (count !== undefined) client.setQueryData([...root, "count"], count);
  void client.invalidateQueries({
    predicate: ({ queryKey }) =>
      root.every((part, index) => JSON.stringify(queryKey[index]) === JSON.stringify(part)) &&
      (queryKey[root.length] === "page" || (count === undefined && queryKey[root.length] === "count")),
  });
}
