import { expect, it } from "vitest";
import { parsedCsv } from "./table";

it("reads quotes, separators and line ends inside of cells", () =>
  expect(parsedCsv('a,b\r\n"x, ""y""","two\nlines"\nlast,\n')).toEqual([
    ["a", "b"],
    ['x, "y"', "two\nlines"],
    ["last", ""],
  ]));
