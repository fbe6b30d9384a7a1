import { expect, it } from "vitest";
import { tabOf } from "./tabs";

it("knows the addresses that SDKs print", () => {
  expect(tabOf("output/log")).toEqual({ tab: "console", exact: false });
  expect(tabOf("output/metrics/scalar")).toEqual({ tab: "scalars", exact: false });
  expect(tabOf("hyper-params/hyper-param/General")).toEqual({ tab: "configuration", exact: false });
  expect(tabOf("artifacts/output-model/x")).toEqual({ tab: "artifacts", exact: false });
});

it("takes its own as they are, and anything else for the overview", () => {
  expect(tabOf("scalars")).toEqual({ tab: "scalars", exact: true });
  expect(tabOf("")).toEqual({ tab: "info", exact: false });
  expect(tabOf("no/such")).toEqual({ tab: "info", exact: false });
});
