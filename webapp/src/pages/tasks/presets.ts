/**
 * Named views of a project's table, kept in the person's preferences. A preset is the address' query; the one that is `first` opens when
 * the address says nothing. What is stored and cannot be read is as if it were not there.
 */
import { useCallback, useMemo } from "react";
import { useAction, useCall } from "@/api/hooks";

export interface Preset {
  name: string;
  query: string;
  first?: boolean;
}

const ROOT = "trackyard";

export function usePresets(project: string) {
  const preferences = useCall("users.get_preferences", {}, { staleTime: 60_000 });
  const { mutate } = useAction("users.set_preferences", { changes: ["users.get_preferences"] });
  const place = `p${project === "*" ? "all" : project}`;
  const presets = useMemo(() => readable(preferences.data?.preferences, place), [preferences.data, place]);
  const save = useCallback(
    (next: Preset[]) => mutate({ preferences: { [`${ROOT}.tasks.${place}.presets`]: next }, return_updated: false }),
    [mutate, place],
  );
  return { presets, save, ready: !preferences.isPending };
}

export function readable(preferences: unknown, place: string): Preset[] {
  let at: unknown = preferences;
  for (const key of [ROOT, "tasks", place, "presets"]) {
    at = typeof at === "object" && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  }
  if (!Array.isArray(at)) return [];
  return at.filter((one): one is Preset => typeof one?.name === "string" && typeof one?.query === "string");
}
