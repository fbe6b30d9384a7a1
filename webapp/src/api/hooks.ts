/** Calls as React Query sees them. A key is [action, request]; what changes an action's answers invalidates by the service's name. */
import {
  keepPreviousData,
  QueryClient,
  type QueryKey,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useLiveInterval } from "@/lib/live";
import { toast } from "@/ui/toast";
import { type Action, CallError, call, type DataOf, type RequestOf, wordsOf } from "./client";

const MOST_RETRIES = 2;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        refetchOnWindowFocus: false,
        // What the server refused once it refuses again; only what did not get through is tried again.
        retry: (count, error) =>
          count < MOST_RETRIES && error instanceof CallError && [0, 502, 503].includes(error.code),
      },
    },
  });
}

export interface CallHookOptions<A extends Action, T> {
  /** Ask only when true. */
  enabled?: boolean;
  /** Ask again while live refresh is on: true every ten seconds, or a number of milliseconds. */
  live?: boolean | number;
  /** Show the former answer while a changed request is under way. */
  keep?: boolean;
  /** Milliseconds for which an answer is good without asking. */
  staleTime?: number;
  select?: (data: DataOf<A>) => T;
}

/** The answer of a read action. */
export function useCall<A extends Action, T = DataOf<A>>(
  action: A,
  request: RequestOf<A>,
  options: CallHookOptions<A, T> = {},
): UseQueryResult<T> {
  const interval = useLiveInterval(typeof options.live === "number" ? options.live : undefined);
  return useQuery<DataOf<A>, Error, T>({
    queryKey: keyOf(action, request),
    queryFn: ({ signal }) => call(action, request, { signal }),
    enabled: options.enabled ?? true,
    refetchInterval: options.live ? interval : false,
    ...(options.keep ? { placeholderData: keepPreviousData as never } : {}),
    ...(options.staleTime === undefined ? {} : { staleTime: options.staleTime }),
    ...(options.select ? { select: options.select } : {}),
  });
}

export function keyOf<A extends Action>(action: A, request?: RequestOf<A>): QueryKey {
  return request === undefined ? [action] : [action, request];
}

export interface ActionOptions<A extends Action> {
  /** Services (`tasks`) or actions (`tasks.get_all_ex`) whose answers this makes untrue. */
  changes?: string[];
  onSuccess?: (data: DataOf<A>, request: RequestOf<A>) => void;
  /** Say nothing about a failure; the caller does. */
  quiet?: boolean;
}

/** A change: `const rename = useAction("projects.update", {changes: ["projects"]}); rename.mutate({...})`. A failure becomes a toast. */
export function useAction<A extends Action>(action: A, options: ActionOptions<A> = {}) {
  const client = useQueryClient();
  return useMutation<DataOf<A>, Error, RequestOf<A>>({
    mutationFn: (request) => call(action, request),
    onSuccess: (data, request) => {
      refresh(client, options.changes ?? []);
      options.onSuccess?.(data, request);
    },
    onError: (error) => {
      if (!options.quiet && !(error instanceof CallError && error.signedOut)) toast.error(wordsOf(error));
    },
  });
}

/** Ask again for everything that these services or actions answered. */
export function refresh(client: QueryClient, changed: string[]): void {
  if (changed.length === 0) return;
  void client.invalidateQueries({
    predicate: ({ queryKey }) => {
      // Lists of `usePagedRows` have their service second.
      const action = queryKey[0] === "paged" ? queryKey[1] : queryKey[0];
      return typeof action === "string" && changed.some((name) => action === name || action.startsWith(`${name}.`));
    },
  });
}
