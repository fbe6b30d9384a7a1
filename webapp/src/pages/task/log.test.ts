import { expect, it } from "vitest";
import { EMPTY, type LogEvent, MOST_LINES, nextFrom, opened, withEarlier, withLater } from "./log";

const event = (timestamp: number, msg = `m${timestamp}`): LogEvent => ({ timestamp, msg });
const texts = (window: { lines: { text: string }[] }) => window.lines.map(({ text }) => text);

it("opens at the end, and knows where there is more", () => {
  const window = opened({ events: [event(5, "a\nb\n"), event(6)], end: false }, true);
  expect(texts(window)).toEqual(["a", "b", "m6"]);
  expect([window.atStart, window.atEnd]).toEqual([false, true]);
});

it("adds earlier lines in front, and the numbers of the others stay", () => {
  const window = withEarlier(opened({ events: [event(5)], end: false }, true), {
    events: [event(3), event(4)],
    end: true,
  });
  expect(window.lines.map(({ at, text }) => [at, text])).toEqual([
    [-2, "m3"],
    [-1, "m4"],
    [0, "m5"],
  ]);
  expect(window.atStart).toBe(true);
});

it("takes late lines of the last time, and none twice", () => {
  const window = opened({ events: [event(4), event(5, "one")], end: false }, true);
  expect(nextFrom(window)).toBe(4);
  const later = withLater(window, { events: [event(5, "one"), event(5, "two"), event(7)], end: true });
  expect(texts(later)).toEqual(["m4", "one", "two", "m7"]);
  expect(later.lines.map(({ at }) => at)).toEqual([0, 1, 2, 3]);
});

it("stays the same object when nothing is new", () => {
  const window = opened({ events: [event(4), event(5, "one")], end: false }, true);
  expect(withLater(window, { events: [event(5, "one")], end: true })).toBe(window);
});

it("begins from nothing", () => {
  expect(texts(withLater(EMPTY, { events: [event(1)], end: true }))).toEqual(["m1"]);
});

it("forgets lines at the other end, and then knows that there are more", () => {
  const many = (from: number, count: number) => Array.from({ length: count }, (_, index) => event(from + index));
  const window = opened({ events: many(MOST_LINES, MOST_LINES), end: false }, true);
  const earlier = withEarlier(window, { events: many(MOST_LINES - 10, 10), end: false });
  expect(earlier.lines.length).toBeLessThanOrEqual(MOST_LINES);
  expect(earlier.atEnd).toBe(false);
  expect(earlier.lines[0]?.text).toBe(`m${MOST_LINES - 10}`);
});
