/** Who is signed in. Everything inside of `RequireSession` can rely on it. */
import { createContext, type ReactNode, use } from "react";
import { Navigate, useLocation } from "react-router";
import { CallError, call, type DataOf } from "@/api/client";
import { apiBase, configuration } from "@/api/configuration";
import { useCall } from "@/api/hooks";
import { Failure, Loading } from "@/ui/states";

type User = NonNullable<DataOf<"users.get_current_user">["user"]>;

const Session = createContext<User | null>(null);

/** The person who is signed in. */
export function useUser(): User {
  const user = use(Session);
  if (!user) throw new Error("useUser outside of RequireSession");
  return user;
}

export function RequireSession({ children }: { children: ReactNode }) {
  const here = useLocation();
  const user = useCall("users.get_current_user", {}, { staleTime: 60_000 });
  if (user.error instanceof CallError && user.error.signedOut) {
    const wanted = here.pathname + here.search + here.hash;
    return <Navigate to={wanted === "/" ? "/login" : `/login?redirect=${encodeURIComponent(wanted)}`} replace />;
  }
  if (user.error)
    return <Failure error={user.error} retry={() => void user.refetch()} what="The server does not answer" />;
  if (!user.data?.user) return <Loading what="Signing in" />;
  return <Session value={user.data.user}>{children}</Session>;
}

// Ways in

export interface Modes {
  /** Name and password of users in the configuration. */
  password: boolean;
  guest: { username: string; password: string } | null;
  /** A name is enough; `names`: those who are known. */
  names: string[] | null;
}

export async function signInModes(): Promise<Modes> {
  const modes = await call("login.supported_modes", {});
  const guest = modes.basic?.guest;
  return {
    password: modes.basic?.enabled ?? false,
    guest: guest?.enabled ? { username: guest.username ?? "", password: guest.password ?? "" } : null,
    names: modes.basic?.enabled ? null : await knownNames(),
  };
}

async function knownNames(): Promise<string[] | null> {
  const response = await fetch(`${await apiBase()}/sign-in`, { cache: "no-store" }).catch(() => null);
  if (!response?.ok) return null;
  const { names } = (await response.json()) as { names: string[] };
  return names;
}

/** Sign in by user name and password, or by a key pair. */
export async function signInWithPassword(username: string, password: string): Promise<void> {
  const pair = btoa(String.fromCodePoint(...new TextEncoder().encode(`${username}:${password}`)));
  await call("auth.login", {}, { headers: { Authorization: `Basic ${pair}` } });
}

/** Sign in by a name alone; an unknown one is made. */
export async function signInByName(name: string): Promise<void> {
  const response = await fetch(`${await apiBase()}/sign-in`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name }),
  });
  const answer = (await response.json().catch(() => ({}))) as { token?: string; error?: string };
  if (!answer.token)
    throw new CallError("sign-in", response.status, 0, answer.error ?? "The server did not sign you in");
  await call("auth.login", {}, { headers: { Authorization: `Bearer ${answer.token}` } });
}

export async function signOut(): Promise<void> {
  await call("login.logout", {});
}

export { configuration };
