import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { Link, Outlet, useLocation, useNavigate, useNavigation } from "react-router";
import { useCall } from "@/api/hooks";
import { setLive, useLive } from "@/lib/live";
import { useShortcuts } from "@/lib/shortcuts";
import { remember, remembered } from "@/lib/storage";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { MenuItem, Popup } from "@/ui/Popup";
import { Boundary, Loading } from "@/ui/states";
import { Help } from "./Help";
import styles from "./Layout.module.css";
import { NAV } from "./pages";
import { SearchDialog } from "./SearchDialog";
import { signOut, useUser } from "./session";
import { setTheme, THEMES, useTheme } from "./theme";

const THEME_ICONS = { system: "settings", light: "sun", dark: "moon" } as const;

/** The frame around every page: side bar, search, live refresh, who is here. */
export function Layout() {
  const [narrow, setNarrow] = useState(remembered("side") === "narrow");
  const [searching, setSearching] = useState(false);
  const [helping, setHelping] = useState(false);
  const navigate = useNavigate();
  const here = useLocation();
  const current = NAV.map(({ to }) => to)
    .filter((to) => here.pathname === to || here.pathname.startsWith(`${to}/`))
    .sort((a, b) => b.length - a.length)[0];
  const busy = useNavigation().state !== "idle";
  useShortcuts("Everywhere", [
    { keys: "mod+k", does: "Search", run: () => setSearching(true), inFields: true },
    { keys: "/", does: "Search", run: () => setSearching(true) },
    { keys: "?", does: "Show these keys", run: () => setHelping(true) },
    ...NAV.flatMap(({ key, title, to }) =>
      key ? [{ keys: `g ${key}`, does: `Go to ${title}`, run: () => void navigate(to) }] : [],
    ),
  ]);
  return (
    <div className={`${styles.frame} ${narrow ? styles.narrow : ""}`}>
      <button type="button" className={styles.skip} onClick={() => document.getElementById("main")?.focus()}>
        Skip to the page
      </button>
      <nav className={styles.side} aria-label="Pages">
        <Link to="/" className={styles.brand} aria-label="Trackyard, start page">
          <Mark />
          <span className={styles.label}>Trackyard</span>
        </Link>
        <ul className={styles.entries}>
          {NAV.map(({ to, title, icon }) => (
            <li key={to}>
              <Link
                to={to}
                title={narrow ? title : undefined}
                aria-current={to === current ? "page" : undefined}
                className={`${styles.entry} ${to === current ? styles.active : ""}`}
              >
                <Icon name={icon} size={18} />
                <span className={styles.label}>{title}</span>
              </Link>
            </li>
          ))}
        </ul>
        <div className={styles.sideFoot}>
          <Version />
          <button
            type="button"
            className={styles.entry}
            aria-expanded={!narrow}
            aria-label={narrow ? "Widen the side bar" : "Narrow the side bar"}
            onClick={() => {
              setNarrow(!narrow);
              remember("side", narrow ? null : "narrow");
            }}
          >
            <Icon name={narrow ? "chevronRight" : "back"} size={18} />
            <span className={styles.label}>Narrow</span>
          </button>
        </div>
      </nav>
      <header className={styles.top}>
        <button type="button" className={styles.search} onClick={() => setSearching(true)}>
          <Icon name="search" />
          <span>Search tasks, projects, models</span>
          <kbd>ctrl K</kbd>
        </button>
        <span className={styles.topRight}>
          <LiveSwitch />
          <Button kind="quiet" icon="keyboard" aria-label="Keyboard shortcuts" onClick={() => setHelping(true)} />
          <UserMenu />
        </span>
      </header>
      {busy && <div className={styles.progress} role="progressbar" aria-label="Opening the page" />}
      <main id="main" className={styles.main} tabIndex={-1}>
        <Boundary resetKey={here.pathname} what="This page broke">
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </Boundary>
      </main>
      {searching && <SearchDialog onClose={() => setSearching(false)} />}
      {helping && <Help onClose={() => setHelping(false)} />}
    </div>
  );
}

export function Mark({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#3d5afe" />
      <g fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round">
        <path d="M6 23c5 0 5-8 10-8s4-6 10-6" />
        <path d="M6 16c5 0 6-7 10-7" strokeOpacity=".55" />
      </g>
    </svg>
  );
}

function LiveSwitch() {
  const live = useLive();
  return (
    <button
      type="button"
      role="switch"
      aria-checked={live}
      className={`${styles.live} ${live ? styles.liveOn : ""}`}
      title={
        live ? "What is shown is kept up to date. Click to stop" : "Nothing is refreshed by itself. Click to start"
      }
      onClick={() => setLive(!live)}
    >
      <span className={styles.dot} />
      Live
    </button>
  );
}

function UserMenu() {
  const user = useUser();
  const theme = useTheme();
  const navigate = useNavigate();
  const client = useQueryClient();
  return (
    <Popup label={`Signed in as ${user.name}`} menu text={<Avatar name={user.name ?? "?"} />}>
      {(close) => (
        <>
          <div className={styles.who}>
            <strong>{user.name}</strong>
            <span>{user.role}</span>
          </div>
          <MenuItem
            icon="settings"
            onSelect={() => {
              close();
              void navigate("/settings");
            }}
          >
            Settings
          </MenuItem>
          <hr className={styles.line} />
          {THEMES.map((name) => (
            <MenuItem key={name} icon={theme === name ? "check" : THEME_ICONS[name]} onSelect={() => setTheme(name)}>
              {{ system: "Theme of the system", light: "Light theme", dark: "Dark theme" }[name]}
            </MenuItem>
          ))}
          <hr className={styles.line} />
          <MenuItem
            icon="logout"
            onSelect={async () => {
              await signOut().catch(() => undefined);
              client.clear();
              void navigate("/login");
            }}
          >
            Log out
          </MenuItem>
        </>
      )}
    </Popup>
  );
}

export function Avatar({ name }: { name: string }) {
  const letters = name
    .split(/\s+/)
    .map((word) => word[0] ?? "")
    .slice(0, 2)
    .join("")
    .toUpperCase();
  return (
    <span className={styles.avatar} aria-hidden="true">
      {letters}
    </span>
  );
}

function Version() {
  const info = useCall("server.info", {}, { staleTime: Number.POSITIVE_INFINITY });
  if (!info.data) return null;
  return (
    <span className={`${styles.version} ${styles.label}`} title="Version of the API">
      API {info.data.api_version}
    </span>
  );
}
