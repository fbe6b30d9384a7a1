/** The register of pages: every folder of `pages/` with a `page.ts` is one. Nothing has to be entered anywhere else. */
import type { RouteObject } from "react-router";
import type { IconName } from "@/ui/Icon";

export interface Page {
  /** Paths without a leading slash, each with a `lazy` that imports the page's code when it is first opened. */
  routes: RouteObject[];
  /** An entry of the side bar. */
  nav?: {
    to: string;
    title: string;
    icon: IconName;
    /** Place among the entries; smaller is further up. */
    order: number;
    /** The letter that opens it after `g`. */
    key?: string;
  };
  /** Shown to people who are not signed in, without the side bar. */
  open?: boolean;
}

const found = import.meta.glob<Page>("../pages/*/page.ts", { eager: true, import: "default" });

export const PAGES: Page[] = Object.values(found);

export const NAV = PAGES.flatMap(({ nav }) => nav ?? []).sort((a, b) => a.order - b.order);
