import { expect, it } from "vitest";
import { compared, flat } from "./parameters";

const one = flat({
  properties: { note: { section: "properties", name: "note", value: "x" } },
  General: {
    "layer 10": { section: "General", name: "layer 10", value: "1" },
    "layer 9": { section: "General", name: "layer 9", value: "2" },
  },
});

it("orders numbers by size, and the user's notes last", () =>
  expect(one.map(({ name }) => name)).toEqual(["layer 9", "layer 10", "note"]));

it("puts two tasks beside each other, what only one of them has as well", () => {
  const two = flat({
    General: {
      "layer 9": { section: "General", name: "layer 9", value: "5" },
      rate: { section: "General", name: "rate", value: "" },
    },
  });
  expect(compared(one, two).map(({ name, value, other }) => [name, value, other])).toEqual([
    ["layer 9", "2", "5"],
    ["layer 10", "1", undefined],
    ["rate", undefined, ""],
    ["note", "x", undefined],
  ]);
});
