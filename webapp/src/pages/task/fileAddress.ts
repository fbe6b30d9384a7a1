import type { Configuration } from "@/api/configuration";

const OWN_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]", "0.0.0.0"]);

/**
 * Where the browser finds a file that was reported by its address. What lies on this server is reached by the page's own door, whatever
 * name the machine had for the one that reported it. Others as they are, if a browser can open them; null: it cannot (`s3://`, a path).
 */
export function fileAddress(uri: string | undefined, told: Configuration, page: URL): string | null {
  if (!uri) return null;
  let url: URL;
  try {
    url = new URL(uri);
  } catch {
    return null;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const base = new URL("files/", page).href;
  if (url.href.startsWith(base)) return url.href;
  const bases = [told.displayedServerUrls.filesServer, told.fileBaseUrl].filter((one) => typeof one === "string");
  for (const one of bases)
    if (url.href.startsWith(`${one.replace(/\/+$/, "")}/`))
      return base + url.href.slice(one.replace(/\/+$/, "").length + 1);
  const same = url.hostname === page.hostname || OWN_HOSTS.has(url.hostname);
  if (same && told.ports.files && url.port === String(told.ports.files))
    return base + url.href.slice(url.origin.length + 1);
  if (same && told.ports.web && url.port === String(told.ports.web) && url.pathname.startsWith("/files/"))
    return base + url.href.slice(`${url.origin}/files/`.length);
  return url.href;
}
