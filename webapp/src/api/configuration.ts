/** `configuration.json` beside the page: where the API is, and how people sign in. Read once in a page's life. */

export interface Configuration {
  /** Root of the API; relative to the page's base, or a whole address. null: `api` beside the page. */
  apiBaseUrl: string | null;
  /** Public address of the file server, to recognise its links. */
  fileBaseUrl: string | null;
  /** Ports of the server's three doors, where it serves this page itself. */
  ports: { web?: number; api?: number; files?: number };
  /** Addresses to show to people who point a client here, where the operator named them. */
  displayedServerUrls: Partial<Addresses>;
  /** Version of the app's server. */
  version: string;
}

/** Where clients find the server's doors. */
export interface Addresses {
  webServer: string;
  apiServer: string;
  filesServer: string;
}

const NONE: Configuration = { apiBaseUrl: null, fileBaseUrl: null, ports: {}, displayedServerUrls: {}, version: "" };
const TRIES = 2;
const PAUSE_MS = 500;

let found: Promise<Configuration> | null = null;

export function configuration(): Promise<Configuration> {
  found ??= read();
  return found;
}

async function read(): Promise<Configuration> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(new URL("configuration.json", document.baseURI), { cache: "no-store" });
      if (response.ok) return { ...NONE, ...((await response.json()) as Partial<Configuration>) };
      if (response.status === 404) return NONE;
    } catch {
      // A missing file is fine: the defaults are those of a page that the server itself serves.
    }
    if (attempt === TRIES) return NONE;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

let base: Promise<string> | null = null;

/** Root of the API, without a slash at its end. */
export function apiBase(): Promise<string> {
  base ??= findBase();
  return base;
}

async function findBase(): Promise<string> {
  const told = (await configuration()).apiBaseUrl;
  if (told) return trimmed(new URL(told, document.baseURI).href);
  const beside = trimmed(new URL("api", document.baseURI).href);
  const own = apiHost(location.host);
  if (own && !(await answers(beside))) return `${location.protocol}//${own}`;
  return beside;
}

/** The API's host where each server has a sub-domain: `app.` becomes `api.`; null for other names. */
export function apiHost(host: string): string | null {
  return host.startsWith("app.") ? `api.${host.slice("app.".length)}` : null;
}

async function answers(root: string): Promise<boolean> {
  try {
    const response = await fetch(`${root}/healthz`);
    return response.ok && (response.headers.get("Content-Type") ?? "").includes("json");
  } catch {
    return false;
  }
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, "");
}

/**
 * What belongs into `clearml.conf`, as seen from the page's own address: the two other doors by their ports; behind a proxy (another port than
 * the server's own) below the same address; by sub-domain where the page has one.
 */
export function addresses({ ports, displayedServerUrls }: Configuration, page: URL): Addresses {
  const web = trimmed(new URL(".", page).href);
  const own = apiHost(page.host);
  const direct = ports.api && ports.files && page.port === String(ports.web);
  const found = own
    ? { apiServer: `${page.protocol}//${own}`, filesServer: `${page.protocol}//${own.replace(/^api\./, "files.")}` }
    : direct
      ? {
          apiServer: `${page.protocol}//${page.hostname}:${ports.api}`,
          filesServer: `${page.protocol}//${page.hostname}:${ports.files}`,
        }
      : { apiServer: `${web}/api`, filesServer: `${web}/files` };
  return { webServer: web, ...found, ...displayedServerUrls };
}

/** The block for `~/clearml.conf`. */
export function clientConfiguration(at: Addresses, accessKey: string, secretKey: string): string {
  return `api {
    web_server: ${at.webServer}
    api_server: ${at.apiServer}
    files_server: ${at.filesServer}
    credentials { access_key: "${accessKey}", secret_key: "${secretKey}" }
}`;
}
