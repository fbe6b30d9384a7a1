import { expect, it } from "vitest";
import type { Configuration } from "@/api/configuration";
import { fileAddress } from "./fileAddress";

const told: Configuration = {
  apiBaseUrl: null,
  fileBaseUrl: null,
  ports: { web: 8080, api: 8008, files: 8081 },
  displayedServerUrls: {},
  version: "",
};
const at = (uri: string, page = "http://box:8080/", more: Partial<Configuration> = {}) =>
  fileAddress(uri, { ...told, ...more }, new URL(page));

it("finds this server's files by the page's own door", () => {
  expect(at("http://box:8081/p/a%20b.txt")).toBe("http://box:8080/files/p/a%20b.txt");
  expect(at("http://localhost:8081/p/a.txt")).toBe("http://box:8080/files/p/a.txt");
  expect(at("http://127.0.0.1:8080/files/p/a.txt")).toBe("http://box:8080/files/p/a.txt");
  expect(
    at("https://files.org/p/a.txt", "https://app.org/x/", {
      displayedServerUrls: { filesServer: "https://files.org" },
    }),
  ).toBe("https://app.org/x/files/p/a.txt");
});

it("leaves what lies elsewhere, and names nothing that a browser cannot open", () => {
  expect(at("https://pictures.example.com/a.png")).toBe("https://pictures.example.com/a.png");
  expect(at("http://other:8081/a.png")).toBe("http://other:8081/a.png");
  for (const uri of ["s3://bucket/a", "/tmp/a", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", ""])
    expect(at(uri)).toBeNull();
});
