import type { Page } from "@/app/pages";

export default {
  open: true,
  routes: [{ path: "login", lazy: () => import("./SignIn") }],
} satisfies Page;
