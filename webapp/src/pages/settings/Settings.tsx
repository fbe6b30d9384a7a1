import { type ReactNode, useState } from "react";
import { useParams } from "react-router";
import { useAction } from "@/api/hooks";
import { useUser } from "@/app/session";
import { setTheme, THEMES, useTheme } from "@/app/theme";
import { setLive, useLive } from "@/lib/live";
import { useTitle } from "@/lib/title";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CodeBlock";
import { Check, Field } from "@/ui/Field";
import { PageHeader, Tabs } from "@/ui/PageHeader";
import { toast } from "@/ui/toast";
import { Credentials } from "./Credentials";
import styles from "./Settings.module.css";

const SECTIONS = { profile: "Profile", credentials: "Credentials", display: "Display" } as const;

export function Component() {
  const { section = "profile" } = useParams();
  useTitle("Settings");
  return (
    <>
      <PageHeader title="Settings">
        <Tabs
          label="Settings"
          tabs={Object.entries(SECTIONS).map(([name, title]) => ({
            title,
            to: `/settings/${name}`,
            active: name === section,
          }))}
        />
      </PageHeader>
      <div className={styles.page}>
        {section === "credentials" ? <Credentials /> : section === "display" ? <Display /> : <Profile />}
      </div>
    </>
  );
}

export function Card({ title, children, actions }: { title: string; children: ReactNode; actions?: ReactNode }) {
  return (
    <section className={styles.card} aria-label={title}>
      <header className={styles.head}>
        <h2>{title}</h2>
        {actions}
      </header>
      {children}
    </section>
  );
}

function Profile() {
  const user = useUser();
  const [name, setName] = useState(user.name ?? "");
  const update = useAction("users.update", { changes: ["users"], onSuccess: () => toast.ok("Your name is changed") });
  return (
    <Card title="Profile">
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (user.id) update.mutate({ user: user.id, name: name.trim() });
        }}
      >
        <Field label="Name" hint="As others see it beside what you record.">
          <input value={name} onChange={(event) => setName(event.target.value)} required maxLength={100} />
        </Field>
        <dl className={styles.facts}>
          <dt>Role</dt>
          <dd>{user.role}</dd>
          <dt>Company</dt>
          <dd>{user.company?.name}</dd>
          <dt>User id</dt>
          <dd>
            <code>{user.id}</code>
            <CopyButton text={user.id ?? ""} what="the user id" />
          </dd>
        </dl>
        <div>
          <Button
            type="submit"
            kind="primary"
            busy={update.isPending}
            disabled={name.trim() === "" || name.trim() === user.name}
          >
            Save
          </Button>
        </div>
      </form>
    </Card>
  );
}

function Display() {
  const theme = useTheme();
  const live = useLive();
  return (
    <Card title="Display, in this browser">
      <fieldset className={styles.group}>
        <legend>Theme</legend>
        {THEMES.map((name) => (
          <label key={name} className={styles.radio}>
            <input type="radio" name="theme" checked={theme === name} onChange={() => setTheme(name)} />
            {{ system: "As the system has it", light: "Light", dark: "Dark" }[name]}
          </label>
        ))}
      </fieldset>
      <Check
        label="Live refresh"
        hint="What is shown is asked for again every ten seconds, while the tab is visible."
        checked={live}
        onChange={setLive}
      />
    </Card>
  );
}
