import "./styles/tokens.css";
import "./styles/base.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { createQueryClient } from "./api/hooks";
import { createRouter } from "./app/router";
import { Toasts } from "./ui/toast";

const root = document.getElementById("root");
if (root) {
  const client = createQueryClient();
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={createRouter(client)} />
        <Toasts />
      </QueryClientProvider>
    </StrictMode>,
  );
}
