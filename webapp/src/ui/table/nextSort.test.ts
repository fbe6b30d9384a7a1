import { describe, expect, it } from "vitest";
import { nextSort } from "./HeaderCell";

describe("a click on a column's head", () => {
  it("sorts by it alone, then the other way round", () => {
    expect(nextSort(["-last_update"], "name", false)).toEqual(["name"]);
    expect(nextSort(["name"], "name", false)).toEqual(["-name"]);
    expect(nextSort(["-name", "type"], "name", false)).toEqual(["name"]);
  });

  it("with shift adds a key, turns it, and takes it away", () => {
    expect(nextSort(["name"], "type", true)).toEqual(["name", "type"]);
    expect(nextSort(["name", "type"], "type", true)).toEqual(["name", "-type"]);
    expect(nextSort(["name", "-type"], "type", true)).toEqual(["name"]);
  });
});
