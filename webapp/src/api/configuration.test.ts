import { describe, expect, it } from "vitest";
import { addresses, apiHost, type Configuration, clientConfiguration } from "./configuration";

const told: Configuration = {
  apiBaseUrl: null,
  fileBaseUrl: null,
  ports: { web: 8080, api: 8008, files: 8081 },
  displayedServerUrls: {},
  version: "",
};
const at = (page: string, more: Partial<Configuration> = {}) => addresses({ ...told, ...more }, new URL(page));

describe("the addresses that people put into clearml.conf", () => {
  it("are the ports of the server's doors where the page comes from one of them", () =>
    expect(at("http://box:8080/")).toEqual({
      webServer: "http://box:8080",
      apiServer: "http://box:8008",
      filesServer: "http://box:8081",
    }));

  it("are below the page's own address behind a proxy", () =>
    expect(at("https://track.example.com/p/")).toEqual({
      webServer: "https://track.example.com/p",
      apiServer: "https://track.example.com/p/api",
      filesServer: "https://track.example.com/p/files",
    }));

  it("are sub-domains where the page has one", () =>
    expect(at("https://app.track.example.com/").filesServer).toBe("https://files.track.example.com"));

  it("are what the operator named", () =>
    expect(at("http://box:8080/", { displayedServerUrls: { apiServer: "http://other:1" } }).apiServer).toBe(
      "http://other:1",
    ));

  it("make a block to paste", () => {
    const block = clientConfiguration(at("http://box:8080/"), "KEY", "SECRET");
    expect(block).toContain('credentials { access_key: "KEY", secret_key: "SECRET" }');
  });
});

it("knows the API's host by the page's", () => {
  expect(apiHost("app.x.org:8443")).toBe("api.x.org:8443");
  expect(apiHost("apple.org")).toBeNull();
});
