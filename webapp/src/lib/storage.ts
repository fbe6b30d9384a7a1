/** What this browser remembers. Storage may be forbidden or hold nonsense: then it is as if nothing had been stored. */

const PREFIX = "trackyard.";

export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // The choice then holds until the page is left.
  }
}
