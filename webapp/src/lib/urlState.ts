/**
 * A view's whole state in its address, so that a link opens the same picture: filters, order, columns, tab, selection, zoom.
 *
 *   const [view, setView] = useUrlState({ q: text(), sort: text("-last_update"), status: list(), page: number(0) });
 *   setView({ status: ["failed"] });            // the rest stays; what equals its default leaves the address
 *   setView({ page: 3 }, { push: true });       // a step that the back button undoes
 *
 * What an address says and a codec cannot read counts as the default: a bad link never breaks a page.
 */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

export interface Codec<T> {
  initial: T;
  /** undefined: unreadable. */
  read(text: string): T | undefined;
  write(value: T): string;
}

export function text(initial = ""): Codec<string> {
  return { initial, read: (given) => given, write: (value) => value };
}

export function oneOf<const T extends string>(values: readonly T[], initial: T): Codec<T> {
  return { initial, read: (given) => values.find((value) => value === given), write: (value) => value };
}

export function number(initial: number): Codec<number> {
  return {
    initial,
    read: (given) => (given.trim() !== "" && Number.isFinite(Number(given)) ? Number(given) : undefined),
    write: String,
  };
}

export function flag(initial = false): Codec<boolean> {
  return {
    initial,
    read: (given) => (given === "1" ? true : given === "0" ? false : undefined),
    write: (value) => (value ? "1" : "0"),
  };
}

/** Words separated by commas; a comma or backslash inside of one is escaped. */
export function list(initial: string[] = []): Codec<string[]> {
  return {
    initial,
    read: (given) =>
      given === ""
        ? []
        : [...given.matchAll(/(?:^|,)((?:\\.|[^,\\])*)/g)].map((found) => (found[1] ?? "").replace(/\\(.)/g, "$1")),
    write: (value) => value.map((word) => word.replace(/[\\,]/g, "\\$&")).join(","),
  };
}

/** Any value as JSON; `check` says whether what an address holds is of the right shape. */
export function json<T>(initial: T, check: (value: unknown) => value is T): Codec<T> {
  return {
    initial,
    read: (given) => {
      try {
        const value: unknown = JSON.parse(given);
        return check(value) ? value : undefined;
      } catch {
        return undefined;
      }
    },
    write: (value) => JSON.stringify(value),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: each codec has a type of its own
export type Codecs = Record<string, Codec<any>>;
export type Values<C extends Codecs> = { [K in keyof C]: C[K] extends Codec<infer T> ? T : never };
export type SetValues<C extends Codecs> = (
  changes: Partial<Values<C>> | ((before: Values<C>) => Partial<Values<C>>),
  options?: { push?: boolean },
) => void;

export function readAll<C extends Codecs>(codecs: C, params: URLSearchParams): Values<C> {
  const values: Record<string, unknown> = {};
  for (const [name, codec] of Object.entries(codecs)) {
    const given = params.get(name);
    const value = given === null ? undefined : codec.read(given);
    values[name] = value === undefined ? codec.initial : value;
  }
  return values as Values<C>;
}

/** The parameters with the changes written into them; what others put there stays. */
export function written<C extends Codecs>(
  codecs: C,
  params: URLSearchParams,
  changes: Partial<Values<C>>,
): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    const codec = codecs[name];
    if (!codec) continue;
    const words = codec.write(value);
    if (words === codec.write(codec.initial)) next.delete(name);
    else next.set(name, words);
  }
  return next;
}

/**
 * codecs: a constant outside of the component.
 *
 * NOTE: `flushSync`, because fields and checkboxes show what the address says: later than at once, they would jump back under the hand.
 */
export function useUrlState<C extends Codecs>(codecs: C): [Values<C>, SetValues<C>] {
  const [params, setParams] = useSearchParams();
  const values = useMemo(() => readAll(codecs, params), [codecs, params]);
  const set = useCallback<SetValues<C>>(
    (changes, options) =>
      setParams(
        (before) => written(codecs, before, typeof changes === "function" ? changes(readAll(codecs, before)) : changes),
        { replace: !options?.push, preventScrollReset: true, flushSync: true },
      ),
    [codecs, setParams],
  );
  return [values, set];
}
