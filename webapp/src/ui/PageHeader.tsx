import { Fragment, type ReactNode } from "react";
import { Link } from "react-router";
import { Icon } from "./Icon";
import styles from "./PageHeader.module.css";

export interface Crumb {
  title: string;
  to: string;
}

interface Props {
  title: ReactNode;
  /** The pages above this one. */
  crumbs?: Crumb[];
  /** Beside the title: status, tags. */
  beside?: ReactNode;
  actions?: ReactNode;
  /** Tabs, filters: a second line. */
  children?: ReactNode;
}

export function PageHeader({ title, crumbs, beside, actions, children }: Props) {
  return (
    <header className={styles.header}>
      {crumbs && crumbs.length > 0 && (
        <nav aria-label="Above this page" className={styles.crumbs}>
          {crumbs.map(({ title: words, to }, index) => (
            <Fragment key={to}>
              {index > 0 && <Icon name="chevronRight" size={12} />}
              <Link to={to}>{words}</Link>
            </Fragment>
          ))}
        </nav>
      )}
      <div className={styles.line}>
        <h1 className={styles.title}>{title}</h1>
        {beside}
        <span className={styles.actions}>{actions}</span>
      </div>
      {children}
    </header>
  );
}

export interface TabLink {
  title: ReactNode;
  to: string;
  active: boolean;
}

export function Tabs({ tabs, label }: { tabs: TabLink[]; label: string }) {
  return (
    <nav className={styles.tabs} aria-label={label}>
      {tabs.map(({ title, to, active }) => (
        <Link key={to} to={to} className={styles.tab} aria-current={active ? "page" : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
