import { describe, expect, it } from "vitest";
import { flag, json, list, number, oneOf, readAll, text, written } from "./urlState";

const codecs = {
  q: text(),
  sort: oneOf(["name", "-name"], "name"),
  tags: list(),
  page: number(0),
  all: flag(),
  zoom: json<number[]>([], (value): value is number[] => Array.isArray(value)),
};

describe("the state of a view in its address", () => {
  it("comes back as it was written, whatever is in it", () => {
    const state = {
      q: "a&b=c ü",
      sort: "-name" as const,
      tags: ["a,b", "c\\d", "", "é"],
      page: 3,
      all: true,
      zoom: [1, 2],
    };
    const params = written(codecs, new URLSearchParams("other=1"), state);
    expect(readAll(codecs, new URLSearchParams(params.toString()))).toEqual(state);
    expect(params.get("other")).toBe("1");
  });

  it("leaves defaults out of the address", () => {
    const params = written(codecs, new URLSearchParams("q=x&page=2"), { q: "", page: 0 });
    expect(params.toString()).toBe("");
  });

  it("takes what cannot be read for the default", () => {
    const values = readAll(codecs, new URLSearchParams("sort=price&page=many&all=yes&zoom=%7B"));
    expect(values).toEqual({ q: "", sort: "name", tags: [], page: 0, all: false, zoom: [] });
  });
});
