/** Terminal colours of console lines: the escape codes become runs of text with a look. Nothing is ever read as HTML. */

export interface Look {
  /** 0 to 7, or any colour. */
  colour?: number | string;
  back?: number | string;
  bold?: boolean;
  dim?: boolean;
  italic?: boolean;
  underline?: boolean;
}

export interface Run {
  /** A place of what is looked for. */
  hit?: boolean;
  text: string;
  look: Look;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes begin with one
const CODES = /\x1b\[([0-9;:]*)([A-Za-z])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_=>]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes begin with one
const ANY = /[\x1b\r\b]/;

/** The line as it stands on a terminal: a carriage return begins it anew, so a progress bar shows its last state. */
export function settled(line: string): string {
  if (!ANY.test(line)) return line;
  const trimmed = line.replace(/\r+$/, "");
  return trimmed.slice(trimmed.lastIndexOf("\r") + 1);
}

/** The text without its escape codes. */
export function plain(line: string): string {
  return ANY.test(line) ? settled(line).replace(CODES, "") : line;
}

export function runs(line: string): Run[] {
  const words = settled(line);
  if (!ANY.test(words)) return [{ text: words, look: {} }];
  const found: Run[] = [];
  let look: Look = {};
  let from = 0;
  for (const code of words.matchAll(CODES)) {
    if (code.index > from) found.push({ text: words.slice(from, code.index), look });
    if (code[2] === "m") look = changed(look, code[1] ?? "");
    from = code.index + code[0].length;
  }
  if (from < words.length) found.push({ text: words.slice(from), look });
  return found;
}

function changed(before: Look, codes: string): Look {
  const numbers = codes === "" ? [0] : codes.split(/[;:]/).map(Number);
  let look = { ...before };
  for (let at = 0; at < numbers.length; at++) {
    const code = numbers[at] ?? 0;
    if (code === 0) look = {};
    else if (code === 1) look.bold = true;
    else if (code === 2) look.dim = true;
    else if (code === 3) look.italic = true;
    else if (code === 4) look.underline = true;
    else if (code === 22) {
      delete look.bold;
      delete look.dim;
    } else if (code === 23) delete look.italic;
    else if (code === 24) delete look.underline;
    else if (code >= 30 && code <= 37) look.colour = code - 30;
    else if (code >= 90 && code <= 97) look.colour = code - 90;
    else if (code === 39) delete look.colour;
    else if (code >= 40 && code <= 47) look.back = code - 40;
    else if (code >= 100 && code <= 107) look.back = code - 100;
    else if (code === 49) delete look.back;
    else if (code === 38 || code === 48) {
      const [colour, taken] = extended(numbers.slice(at + 1));
      if (colour !== undefined) look[code === 38 ? "colour" : "back"] = colour;
      at += taken;
    }
  }
  return look;
}

const STEPS = [0, 95, 135, 175, 215, 255];

/** `5;n` of 256 colours, or `2;r;g;b`; and how many numbers that takes. */
function extended(rest: number[]): [colour: number | string | undefined, taken: number] {
  const [kind, ...more] = rest;
  if (kind === 2) return [rgb(more.slice(0, 3)), 4];
  const code = more[0];
  if (kind !== 5 || code === undefined) return [undefined, rest.length];
  if (code < 16) return [code % 8, 2];
  if (code >= 232) return [rgb(Array(3).fill(8 + (code - 232) * 10)), 2];
  const place = code - 16;
  return [rgb([place / 36, (place / 6) % 6, place % 6].map((level) => STEPS[Math.floor(level)] ?? 0)), 2];
}

function rgb(parts: number[]): string | undefined {
  if (parts.length < 3 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
  return `rgb(${parts.join(" ")})`;
}

/** A line cut into pieces of at most `width` characters, so that every row on the screen has the same height. */
export function wrapped(line: Run[], width: number): Run[][] {
  const rows: Run[][] = [[]];
  let left = width;
  for (const { text, ...rest } of line) {
    for (let from = 0; from < text.length; ) {
      if (left === 0) {
        rows.push([]);
        left = width;
      }
      const piece = text.slice(from, from + left);
      rows.at(-1)?.push({ text: piece, ...rest });
      from += piece.length;
      left -= piece.length;
    }
  }
  return rows;
}

/** The same line with every place of `words` (of any case) as a run of its own. */
export function marked(line: Run[], words: string): Run[] {
  const wanted = words.toLowerCase();
  if (!wanted) return line;
  const text = line.map((run) => run.text).join("");
  const lower = text.toLowerCase();
  // NOTE: a few letters change their length with their case; then nothing is marked rather than the wrong place.
  if (lower.length !== text.length) return line;
  const edges: number[] = [];
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + wanted.length))
    edges.push(at, at + wanted.length);
  if (edges.length === 0) return line;
  const found: Run[] = [];
  let from = 0;
  let next = 0;
  for (const { text: piece, look } of line) {
    let start = 0;
    while (start < piece.length) {
      while (next < edges.length && (edges[next] ?? 0) <= from + start) next++;
      const end = Math.min(piece.length, (edges[next] ?? Number.POSITIVE_INFINITY) - from);
      const hit = next % 2 === 1;
      found.push({ text: piece.slice(start, end), look, ...(hit ? { hit } : {}) });
      start = end;
    }
    from += piece.length;
  }
  return found;
}
