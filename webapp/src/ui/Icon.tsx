/** Line icons, drawn here so that no font or sprite has to be fetched. All are 24 by 24, stroke 2. */
const PATHS = {
  alert: "M12 8v5m0 3.5v.01M10.3 3.9 2.6 17.2A2 2 0 0 0 4.3 20h15.4a2 2 0 0 0 1.7-2.8L13.7 3.9a2 2 0 0 0-3.4 0Z",
  archive: "M3 4h18v4H3zM5 8v12h14V8M10 12h4",
  back: "M19 12H5m6-6-6 6 6 6",
  bell: "M6 9a6 6 0 0 1 12 0c0 6 2 7 2 7H4s2-1 2-7M10 20a2 2 0 0 0 4 0",
  chart: "M4 4v16h16M8 15l3-4 3 2 5-7",
  check: "M5 12.5 10 17.5 19 7",
  chevronDown: "m6 9 6 6 6-6",
  chevronRight: "m9 6 6 6-6 6",
  clock: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z",
  close: "M6 6l12 12M18 6 6 18",
  code: "m8 8-4 4 4 4m8-8 4 4-4 4M14 5l-4 14",
  columns: "M4 4h16v16H4zM10 4v16M15 4v16",
  compare: "M8 3v18M16 3v18M3 8h5M3 16h5M16 8h5M16 16h5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  database: "M4 6c0-4 16-4 16 0s-16 4-16 0v12c0 4 16 4 16 0V6M4 12c0 4 16 4 16 0",
  download: "M12 3v12m-5-5 5 5 5-5M4 20h16",
  edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12Zm10-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z",
  filter: "M3 5h18l-7 8v6l-4 2v-8z",
  folder: "M3 6h6l2 2h10v11H3z",
  grid: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  home: "M4 11 12 4l8 7v9h-5v-6H9v6H4z",
  info: "M12 11v5m0-8.5v.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z",
  key: "M8 11a5 5 0 1 0 0 10 5 5 0 0 0 0-10ZM11.5 12.5 21 3M16 8l3.5 3.5M13 11l2 2",
  keyboard: "M2 6h20v12H2zM6 10h.01M10 10h.01M14 10h.01M18 10h.01M7 14h10",
  layers: "m12 3 9 5-9 5-9-5zM3 13l9 5 9-5",
  link: "M10 14a4 4 0 0 0 6 0l4-4a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-4 4a4 4 0 0 0 6 6l1-1",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  logout: "M9 4H4v16h5M15 8l4 4-4 4M19 12H9",
  menu: "M4 6h16M4 12h16M4 18h16",
  model: "M12 3 4 7.5v9L12 21l8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9",
  moon: "M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5Z",
  more: "M4.5 12h1M11.5 12h1M18.5 12h1",
  move: "M3 6h6l2 2h10v11H3zM9 14h6m-2-2 2 2-2 2",
  pause: "M8 5v14M16 5v14",
  pin: "M9 4h6l-1 6 3 3H7l3-3zM12 13v7",
  pipeline: "M4 4h6v6H4zM14 14h6v6h-6zM7 10v7h7",
  play: "M7 4v16l13-8z",
  plus: "M12 5v14M5 12h14",
  publish: "M12 16V5m-5 5 5-5 5 5M4 20h16",
  queue: "M4 5h16v4H4zM4 12h16M4 17h16",
  refresh: "M20 11a8 8 0 0 0-14-4L3 10m0-6v6h6M4 13a8 8 0 0 0 14 4l3-3m0 6v-6h-6",
  report: "M6 3h9l4 4v14H6zM14 3v5h5M9 12h7M9 16h7",
  reset: "M4 10a8 8 0 1 1 1 7M4 4v6h6",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm5 12 5 5",
  server: "M3 4h18v7H3zM3 13h18v7H3zM7 7.5h.01M7 16.5h.01",
  settings:
    "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM19 12a7 7 0 0 0-.1-1.3l2-1.6-2-3.4-2.4 1a7 7 0 0 0-2.2-1.3L14 3h-4l-.4 2.4a7 7 0 0 0-2.2 1.3l-2.4-1-2 3.4 2 1.6A7 7 0 0 0 5 12a7 7 0 0 0 .1 1.3l-2 1.6 2 3.4 2.4-1a7 7 0 0 0 2.2 1.3L10 21h4l.4-2.4a7 7 0 0 0 2.2-1.3l2.4 1 2-3.4-2-1.6A7 7 0 0 0 19 12Z",
  sortDown: "M12 5v14m-6-6 6 6 6-6",
  sortUp: "M12 19V5m-6 6 6-6 6 6",
  stop: "M6 6h12v12H6z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4",
  tag: "M3 3h8l10 10-8 8L3 11zM7.5 7.5v.01",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  tree: "M4 4h6v4H4zM14 10h6v4h-6zM14 17h6v4h-6zM7 8v11h7M7 12h7",
  user: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4 21c0-5 4-7 8-7s8 2 8 7",
} as const;

export type IconName = keyof typeof PATHS;

/** `title`: what it means, where no text beside it says so. */
export function Icon({ name, size = 16, title }: { name: IconName; size?: number; title?: string }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={2}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden={title ? undefined : true}
      role={title ? "img" : undefined}
    >
      {title && <title>{title}</title>}
      <path d={PATHS[name]} />
    </svg>
  );
}
