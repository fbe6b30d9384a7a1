import type { Page } from "@/app/pages";

export default {
  routes: ["tasks", "experiments"].map((name) => ({
    path: `projects/:project/${name}`,
    lazy: () => import("./Tasks"),
  })),
  nav: { to: "/projects/*/tasks", title: "All tasks", icon: "list", order: 15, key: "t" },
} satisfies Page;
