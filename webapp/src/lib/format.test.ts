import { describe, expect, it } from "vitest";
import { ago, bytes, counted, duration, escapePattern, numeric, stamp } from "./format";

const NOW = Date.parse("2026-01-10T12:00:00Z");

describe("values as people read them", () => {
  it.each([
    ["2026-01-10T11:59:58Z", "just now"],
    ["2026-01-10T11:57:00.000000+00:00", "3 minutes ago"],
    ["2026-01-10T11:57:00", "3 minutes ago"],
    ["2026-01-09T11:00:00Z", "1 day ago"],
    ["2024-01-01T00:00:00Z", "2 years ago"],
    ["nonsense", ""],
    [null, ""],
  ])("tells how long ago %s was", (iso, words) => expect(ago(iso, NOW)).toBe(words));

  it("reads a time without a zone as UTC", () => expect(stamp("2026-01-10T12:00:00")).toBe(NOW));

  it.each([
    [0, "0s"],
    [59.6, "1m"],
    [3_661, "1h 1m"],
    [90_000, "1d 1h"],
    [null, ""],
  ])("writes %s seconds", (seconds, words) => expect(duration(seconds)).toBe(words));

  it.each([
    [0.1 + 0.2, "0.3"],
    [1234567, "1234567"],
    [0.00001234, "1.234e-5"],
    [1e12, "1e12"],
    [Number.NaN, "NaN"],
    [undefined, ""],
  ])("writes the number %s", (value, words) => expect(numeric(value)).toBe(words.replace("e12", "e+12")));

  it("counts and measures", () => {
    expect(counted(1, "task")).toBe("1 task");
    expect(counted(1204, "task")).toBe("1,204 tasks");
    expect(bytes(1_530_000)).toBe("1.5 MB");
  });

  it("makes a pattern that finds exactly the text", () => {
    const words = "a.b*(c)[d]/e\\f-g";
    expect(new RegExp(`^${escapePattern(words)}$`).test(words)).toBe(true);
  });
});
