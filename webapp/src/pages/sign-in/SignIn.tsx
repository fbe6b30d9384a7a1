import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { CallError, wordsOf } from "@/api/client";
import { Mark } from "@/app/Layout";
import { type Modes, signInByName, signInModes, signInWithPassword } from "@/app/session";
import { remember, remembered } from "@/lib/storage";
import { useTitle } from "@/lib/title";
import { Button } from "@/ui/Button";
import { CodeBlock } from "@/ui/CodeBlock";
import { Field } from "@/ui/Field";
import { Failure, Loading } from "@/ui/states";
import styles from "./SignIn.module.css";

export function Component() {
  useTitle("Sign in");
  const modes = useQuery({ queryKey: ["sign-in"], queryFn: signInModes });
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <header className={styles.head}>
          <Mark size={40} />
          <h1>Sign in to Trackyard</h1>
        </header>
        {modes.isPending && <Loading />}
        {modes.error && (
          <Failure error={modes.error} retry={() => void modes.refetch()} what="The server does not answer" />
        )}
        {modes.data && <Form modes={modes.data} />}
      </div>
    </main>
  );
}

function Form({ modes }: { modes: Modes }) {
  const byName = modes.names !== null;
  const [name, setName] = useState(byName || modes.password ? (remembered("name") ?? modes.names?.[0] ?? "") : "");
  const [password, setPassword] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const client = useQueryClient();

  const [label, second] = modes.password ? ["User name", "Password"] : ["Access key", "Secret key"];
  const enter = async (how: () => Promise<void>) => {
    setBusy(true);
    setError("");
    try {
      await how();
      if (byName || modes.password) remember("name", name.trim());
      client.clear();
      await navigate(inside(params.get("redirect")), { replace: true });
    } catch (failed) {
      const refused = failed instanceof CallError && failed.signedOut && !byName;
      setError(refused ? `This ${label?.toLowerCase()} and ${second?.toLowerCase()} do not fit.` : wordsOf(failed));
      setBusy(false);
    }
  };
  const send = () => enter(() => (byName ? signInByName(name.trim()) : signInWithPassword(name.trim(), password)));
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {byName ? (
        <Field
          label="Your name"
          hint="A new name makes a new user. No password is needed: this server listens to its own machine only, and no users are configured."
        >
          <input
            value={name}
            onChange={(event) => setName(event.target.value)}
            list="names"
            autoComplete="username"
            required
            maxLength={100}
          />
        </Field>
      ) : (
        <>
          <Field label={label ?? ""}>
            <input value={name} onChange={(event) => setName(event.target.value)} autoComplete="username" required />
          </Field>
          <Field label={second ?? ""}>
            <input
              type="password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
              autoComplete="current-password"
              required
            />
          </Field>
        </>
      )}
      <datalist id="names">
        {modes.names?.map((known) => (
          <option key={known} value={known} />
        ))}
      </datalist>
      {error && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
      <Button type="submit" kind="primary" busy={busy} className={styles.submit}>
        Sign in
      </Button>
      {modes.guest && (
        <Button
          busy={busy}
          onClick={() => enter(() => signInWithPassword(modes.guest?.username ?? "", modes.guest?.password ?? ""))}
        >
          Look around as a guest
        </Button>
      )}
      {!byName && !modes.password && (
        <div className={styles.help}>
          <p>
            No users are configured on this server, so a key pair signs you in. Where the server runs, this makes one:
          </p>
          <CodeBlock label="Command">trackyard credentials create</CodeBlock>
        </div>
      )}
    </form>
  );
}

/** Only addresses of this app: a link from elsewhere must not lead away after signing in. */
export function inside(wanted: string | null): string {
  return wanted && /^\/(?![/\\])/.test(wanted) && !wanted.startsWith("/login") ? wanted : "/";
}
