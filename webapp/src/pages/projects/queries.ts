/** The questions that the project pages ask. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { call } from "@/api/client";
import type { ProjectRow } from "@/api/entities";
import { useCall } from "@/api/hooks";
import { escapePattern } from "@/lib/format";
import { useLiveInterval } from "@/lib/live";

export const SORTS = ["-last_update", "name", "-created"] as const;
export type Sort = (typeof SORTS)[number];

const PAGE = 48;
const LIVE_MS = 20_000;
const FIELDS = [
  "name",
  "basename",
  "description",
  "last_update",
  "created",
  "user.name",
  "tags",
  "system_tags",
  "company",
  "parent.name",
  "default_output_destination",
];

export interface Wanted {
  /** Id of the project whose children are wanted; null: the top. */
  parent: string | null;
  words: string;
  sort: Sort;
  hidden: boolean;
}

/** What a list of projects is asked with. A search looks into all levels below. */
export function request(wanted: Wanted, page: number, size: number) {
  const words = wanted.words.trim();
  return {
    page,
    page_size: size,
    order_by: [wanted.sort],
    only_fields: FIELDS,
    include_stats: true,
    include_stats_filter: { system_tags: ["-pipeline", "-dataset"] },
    check_own_contents: true,
    search_hidden: wanted.hidden,
    ...(wanted.parent ? { parent: [wanted.parent] } : {}),
    ...(words
      ? { _any_: { fields: ["name", "id", "description"], pattern: escapePattern(words) } }
      : { shallow_search: true }),
  };
}

export function useProjects(wanted: Wanted) {
  const interval = useLiveInterval(LIVE_MS);
  return useInfiniteQuery({
    queryKey: ["projects.get_all_ex", "pages", wanted],
    queryFn: async ({ pageParam, signal }) => {
      const answer = await call("projects.get_all_ex", request(wanted, pageParam, PAGE), { signal });
      return (answer.projects ?? []) as unknown as ProjectRow[];
    },
    initialPageParam: 0,
    getNextPageParam: (page, pages) => (page.length < PAGE ? undefined : pages.length),
    placeholderData: (before) => before,
    refetchInterval: interval,
  });
}

/** One project with its figures; undefined while it is not here. */
export function useProject(id: string | undefined) {
  return useCall(
    "projects.get_all_ex",
    {
      id: [id ?? ""],
      only_fields: FIELDS,
      include_stats: true,
      include_stats_filter: { system_tags: ["-pipeline", "-dataset"] },
      check_own_contents: true,
      search_hidden: true,
    },
    {
      enabled: id !== undefined && id !== "*",
      live: LIVE_MS,
      select: (data) => (data.projects?.[0] ?? null) as unknown as ProjectRow | null,
    },
  );
}

/** The projects above, from the top: their names are the beginnings of this one's. */
export function useAncestors(name: string | undefined) {
  const parts = (name ?? "").split("/");
  const names = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
  const pattern = names.map((one) => `^${escapePattern(one)}$`).join("|");
  return useCall(
    "projects.get_all_ex",
    {
      _any_: { fields: ["name"], pattern },
      only_fields: ["name", "basename"],
      search_hidden: true,
      order_by: ["name"],
    },
    {
      enabled: names.length > 0,
      staleTime: 60_000,
      select: (data) => (data.projects ?? []) as { id: string; name: string; basename: string }[],
    },
  );
}
