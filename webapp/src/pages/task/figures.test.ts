import { expect, it } from "vitest";
import { figureOf, needsAll, tableOf } from "./figures";

it("reads what SDKs report, and nothing else", () => {
  expect(figureOf('{"data": [{"type": "bar"}], "layout": {"title": "x"}}')?.data).toEqual([{ type: "bar" }]);
  for (const words of [undefined, "", "{", "3", "null", "NaN"]) expect(figureOf(words)).toBeNull();
  expect(figureOf('{"data": [1, null]}')?.data).toEqual([]);
});

it("asks for all of Plotly only where it has to", () => {
  expect(needsAll({ data: [{ type: "scatter" }, {}], layout: {} })).toBe(false);
  expect(needsAll({ data: [{ type: "surface" }], layout: {} })).toBe(true);
});

it("shows a table as a table", () => {
  const figure = figureOf(
    '{"data": [{"type": "table", "header": {"values": [["file"], ["score"]]}, "cells": {"values": [["a", "b"], [0.5, null]]}}]}',
  );
  expect(figure && tableOf(figure)).toEqual({
    head: ["file", "score"],
    rows: [
      ["a", "0.5"],
      ["b", ""],
    ],
  });
});
