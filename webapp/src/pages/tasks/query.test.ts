import { describe, expect, it } from "vitest";
import { readAll } from "@/lib/urlState";
import { escapeKey, metricId, parameterId, parsed, pathOf } from "./columnIds";
import { conditions } from "./query";
import { VIEW, type View } from "./view";

const asked = (changes: Partial<View>, projects: string[] | null = null) =>
  conditions({ ...readAll(VIEW, new URLSearchParams()), ...changes }, projects);
const M = "0".repeat(32);

describe("what the server is asked", () => {
  it("leaves out what other pages show, and the archive", () =>
    expect(asked({}, ["p"])).toEqual({
      system_tags: ["-archived", "-pipeline", "-dataset", "-reports"],
      project: ["p"],
    }));

  it("finds words as they are, and patterns as patterns", () => {
    expect(asked({ q: "a.b" })._any_).toMatchObject({ pattern: "a\\.b" });
    expect(asked({ q: "a.b", re: true })._any_).toMatchObject({ pattern: "a.b" });
  });

  it("takes closed tasks for completed ones", () =>
    expect(asked({ status: ["completed"] }).status).toEqual(["completed", "closed"]));

  it("asks for any or all of the tags, and for none of the excluded", () => {
    expect(asked({ tags: ["a", "-b"] }).filters).toEqual({
      tags: { any: { include: ["a"] }, all: { exclude: ["b"] } },
    });
    expect(asked({ tags: ["a", "-b"], tagmode: "all" }).filters).toEqual({
      tags: { all: { include: ["a"], exclude: ["b"] } },
    });
  });

  it("writes each kind of range as the field wants it", () => {
    expect(asked({ f: { started: { from: "2026-01-01", to: null } } }).started).toEqual(["2026-01-01", null]);
    expect(asked({ f: { updated: { from: "2026-01-01", to: "2026-01-02" } } }).last_update).toEqual([
      ">=2026-01-01",
      "<=2026-01-02T23:59:59.999",
    ]);
    const metric = asked({ f: { [metricId(M, M, "value")]: { from: 0.5, to: null } } });
    expect(metric[`last_metrics.${M}.${M}.value`]).toEqual([0.5, null]);
    const parameter = asked({ f: { [parameterId("Args", "a.b")]: { values: ["1"] } } });
    expect(parameter["hyperparams.Args.a%2Eb.value"]).toEqual(["1"]);
    const useless = { nonsense: { from: 1, to: 2 }, iteration: { from: null, to: null } };
    expect(asked({ f: useless })).toEqual(asked({}));
  });
});

describe("ids of columns", () => {
  it("come back as they were made", () => {
    const id = parameterId("Args", "lr/a.b:c");
    expect(parsed(id)).toEqual({ kind: "parameter", section: "Args", name: "lr/a.b:c" });
    expect(parsed(metricId(M, M, "max_value"))).toMatchObject({ kind: "metric", figure: "max_value" });
    expect([parsed("name"), parsed("h:%E0%A4%A/x"), parsed("m:x.y.value")]).toEqual([null, null, null]);
  });

  it("name a parameter as it is stored", () => {
    expect(escapeKey("a.b$c%d__e")).toBe("a%2Eb%24c%%d%_%_e");
    const column = parsed(parameterId("General", "_x"));
    expect(column && pathOf(column)).toBe("hyperparams.General.%_x.value");
  });
});
