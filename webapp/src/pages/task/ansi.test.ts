import { expect, it } from "vitest";
import { marked, plain, runs, wrapped } from "./ansi";

it("turns codes into looks", () => {
  expect(runs("a \x1b[1;31mred\x1b[0m b")).toEqual([
    { text: "a ", look: {} },
    { text: "red", look: { bold: true, colour: 1 } },
    { text: " b", look: {} },
  ]);
  expect(runs("\x1b[38;5;196mx")).toEqual([{ text: "x", look: { colour: "rgb(255 0 0)" } }]);
  expect(runs("\x1b[48;2;1;2;3my\x1b[49mz").map(({ look }) => look)).toEqual([{ back: "rgb(1 2 3)" }, {}]);
});

it("takes away what no page can do", () => expect(plain("\x1b[2K\x1b]0;title\x07up\x1b[1A!")).toBe("up!"));

it("shows the last state of a progress bar", () => expect(plain(" 10%\r 20%\r100%\r")).toBe("100%"));

it("leaves markup alone", () => expect(runs("<b>x</b>")).toEqual([{ text: "<b>x</b>", look: {} }]));

it("cuts long lines, looks and all", () =>
  expect(wrapped(runs("ab\x1b[31mcdef"), 3)).toEqual([
    [
      { text: "ab", look: {} },
      { text: "c", look: { colour: 1 } },
    ],
    [{ text: "def", look: { colour: 1 } }],
  ]));

it("marks what is looked for, across looks", () =>
  expect(marked(runs("an \x1b[31mERR\x1b[0mor, error"), "Error").map(({ text, hit }) => [text, hit ?? false])).toEqual([
    ["an ", false],
    ["ERR", true],
    ["or", true],
    [", ", false],
    ["error", true],
  ]));
