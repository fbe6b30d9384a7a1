/** Colours of curves: told apart with the common kinds of colour-blindness, and readable on both themes (after Okabe and Ito, darkened). */
const PALETTE = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#b0579a",
  "#c48a00",
  "#3a9bd9",
  "#7a5cc7",
  "#b5483a",
  "#5a8f29",
  "#6f7b8f",
];

/** The same name has the same colour on every page. */
export function colour(name: string): string {
  let hash = 7;
  for (const letter of name) hash = (hash * 33 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return PALETTE[hash % PALETTE.length] ?? "#0072b2";
}

/** Colours for names that are shown together: as different as there are colours, each name the same as long as the names are. */
export function colours(names: readonly string[]): Map<string, string> {
  const taken = new Set<string>();
  const found = new Map<string, string>();
  for (const name of names) {
    const own = colour(name);
    const free = taken.has(own) ? PALETTE.find((one) => !taken.has(one)) : own;
    found.set(name, free ?? own);
    taken.add(free ?? own);
    if (taken.size === PALETTE.length) taken.clear();
  }
  return found;
}
