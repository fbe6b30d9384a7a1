import type { QueryClient } from "@tanstack/react-query";
import { createBrowserRouter, Navigate, type RouteObject, useRouteError } from "react-router";
import { whenSignedOut } from "@/api/client";
import { Empty, Failure, Loading } from "@/ui/states";
import { Layout } from "./Layout";
import { PAGES } from "./pages";
import { RequireSession } from "./session";

const HOME = "/projects";

export function createRouter(client: QueryClient): ReturnType<typeof createBrowserRouter> {
  const routes: RouteObject[] = [
    {
      errorElement: <Broken />,
      hydrateFallbackElement: <Loading />,
      children: [
        ...PAGES.filter(({ open }) => open).flatMap((page) => page.routes),
        {
          element: (
            <RequireSession>
              <Layout />
            </RequireSession>
          ),
          children: [
            {
              errorElement: <Broken />,
              children: [
                { index: true, element: <Navigate to={HOME} replace /> },
                ...PAGES.filter(({ open }) => !open).flatMap((page) => page.routes),
                { path: "*", element: <NotFound /> },
              ],
            },
          ],
        },
      ],
    },
  ];
  const router = createBrowserRouter(routes, {
    basename: new URL(document.baseURI).pathname.replace(/\/$/, "") || "/",
  });
  whenSignedOut(() => {
    // Only where somebody was: the sign-in page asks who is there, too.
    if (client.getQueryData(["users.get_current_user", {}]) !== undefined) client.removeQueries();
  });
  return router;
}

/** A page broke, or its code could not be fetched: the frame stays, and says what to do. */
function Broken() {
  const error = useRouteError();
  return <Failure error={error} what="This page cannot be shown" retry={() => location.reload()} />;
}

function NotFound() {
  return (
    <Empty title="There is no such page" icon="search">
      <p>The address may be old or mistyped. The search (ctrl+k) finds tasks, projects and models by name or id.</p>
    </Empty>
  );
}
