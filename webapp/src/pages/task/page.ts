import type { Page } from "@/app/pages";

/** The second address is the one that older SDKs print. */
export default {
  routes: [
    { path: "projects/:project/tasks/:task/*", lazy: () => import("./Task") },
    { path: "projects/:project/experiments/:task/*", lazy: () => import("./Task") },
  ],
} satisfies Page;
