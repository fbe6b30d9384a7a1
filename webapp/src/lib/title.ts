import { useEffect } from "react";

/** The window's title while a page is shown. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Trackyard` : "Trackyard";
  }, [title]);
}
