import { describe, expect, it } from "vitest";
import { csv, positive, smoothed, usualRange } from "./curves";

describe("smoothing", () => {
  it("leaves a constant as it is, from the first point on", () => {
    for (const kind of ["ema", "mean", "gaussian"] as const)
      for (const value of smoothed(Array(50).fill(3), kind, 0.9)) expect(value).toBeCloseTo(3);
  });

  it("keeps gaps, and does not spread what is no number", () => {
    expect(smoothed([1, null, 1, 1], "ema", 0.5)).toEqual([1, null, 1, 1]);
    expect(smoothed([1, Number.NaN, 1, 1], "mean", 1)[3]).toBe(1);
  });

  it("makes a noisy curve calmer", () => {
    const noisy = Array.from({ length: 100 }, (_, at) => (at % 2 ? 1 : -1));
    const rough = (curve: (number | null)[]) =>
      curve.slice(20, 80).reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0);
    for (const kind of ["ema", "mean", "gaussian"] as const) expect(rough(smoothed(noisy, kind, 0.6))).toBeLessThan(20);
  });
});

it("finds outliers, and none where there are none", () => {
  const calm = Array.from({ length: 100 }, (_, at) => at);
  expect(usualRange([calm])).toBeNull();
  const [low, high] = usualRange([[...calm, 1e9]]) ?? [0, 0];
  expect(low).toBe(0);
  expect(high).toBeLessThan(200);
});

it("leaves out what a logarithm does not have", () =>
  expect(positive([0, 1, 2], [1, -1, 2], true, true)).toEqual({ x: [1, 2], y: [null, 2] }));

it("writes curves of different iterations into one table", () =>
  expect(
    csv("iteration", [
      { label: "a,b", x: [0, 2], y: [1, 2] },
      { label: "=c", x: [1, 2], y: [5, null] },
    ]),
  ).toBe(`iteration,"a,b",'=c\n0,1,\n1,,5\n2,2,\n`));
