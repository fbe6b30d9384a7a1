import type { Page } from "@/app/pages";

export default {
  routes: [{ path: "settings/:section?", lazy: () => import("./Settings") }],
  nav: { to: "/settings", title: "Settings", icon: "settings", order: 90, key: "s" },
} satisfies Page;
