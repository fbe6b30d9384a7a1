import type { Page } from "@/app/pages";

export default {
  routes: [
    { path: "projects", lazy: () => import("./Projects") },
    { path: "projects/:project", lazy: () => import("./Projects") },
  ],
  nav: { to: "/projects", title: "Projects", icon: "folder", order: 10, key: "p" },
} satisfies Page;
