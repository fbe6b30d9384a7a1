/** Pictures, sounds and films that the run reported, by metric, with a slider over the iterations; and one of them alone. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { call, wordsOf } from "@/api/client";
import { useCall } from "@/api/hooks";
import { number, oneOf, text, useUrlState } from "@/lib/urlState";
import { Button } from "@/ui/Button";
import { CodeBlock } from "@/ui/CodeBlock";
import { Icon } from "@/ui/Icon";
import { Empty, Failure, Loading } from "@/ui/states";
import { stampOf, type TaskDetails } from "./data";
import { useFileAddress } from "./files";
import styles from "./Images.module.css";
import { Card, Choice, Search, Toolbar } from "./parts";

const VIEW = {
  q: text(),
  at: number(-1),
  size: oneOf(["small", "medium", "large"], "medium"),
  image: text(),
  variant: text(),
  iter: number(0),
};
const SIZES = { small: "Small", medium: "Medium", large: "Large" } as const;
const ITERATIONS = 40;

interface ImageEvent {
  metric: string;
  variant: string;
  iter: number;
  url: string;
  timestamp: number;
}

interface ImagesPage {
  scroll_id?: string;
  metrics?: { task: string; iterations: { iter: number; events: ImageEvent[] }[] }[];
}

export function Images({ task }: { task: TaskDetails }) {
  const [view, setView] = useUrlState(VIEW);
  const named = useCall("events.get_task_metrics", { tasks: [task.id], event_type: "training_debug_image" });
  const metrics = useMemo(() => {
    const [own] = (named.data?.metrics ?? []) as { metrics?: string[] }[];
    return [...(own?.metrics ?? [])].sort(new Intl.Collator("en", { numeric: true }).compare);
  }, [named.data]);
  const pages = useImagePages(task, metrics);
  const iterations = useMemo(() => {
    const found = (pages.data?.pages ?? []).flatMap((page) => page.metrics?.[0]?.iterations ?? []);
    return found.sort((a, b) => a.iter - b.iter);
  }, [pages.data]);
  if (named.error) return <Failure error={named.error} retry={() => void named.refetch()} />;
  if (!named.data) return <Loading />;
  if (metrics.length === 0)
    return (
      <Empty title="No images yet" icon="grid">
        <p>
          Pictures show early whether a run learns what it should. Matplotlib and TensorBoard images come by themselves.
        </p>
        <CodeBlock label="In your script">{`task.get_logger().report_image("predictions", "validation", iteration=step, image=array)`}</CodeBlock>
      </Empty>
    );
  if (pages.error) return <Failure error={pages.error} retry={() => void pages.refetch()} />;
  if (!pages.data) return <Loading />;
  const last = iterations.at(-1)?.iter ?? 0;
  const chosen = view.at < 0 ? last : view.at;
  // The slider moves over the iterations that have pictures, however far apart they are.
  const place = Math.max(
    0,
    iterations.findLastIndex(({ iter }) => iter <= chosen),
  );
  const shownAt = iterations[place]?.iter ?? chosen;
  const words = view.q.trim().toLowerCase();
  const current = newest(iterations.slice(0, place + 1).flatMap(({ events }) => events));
  const shown = metrics.filter((metric) => metric.toLowerCase().includes(words));
  const move = (to: number) => {
    const next = iterations[to];
    if (next) setView({ at: to === iterations.length - 1 ? -1 : next.iter });
    if (to <= 1 && pages.hasNextPage && !pages.isFetching) void pages.fetchNextPage();
  };
  return (
    <>
      <Toolbar label="Images">
        {metrics.length > 4 && <Search label="Find a metric" value={view.q} onChange={(q) => setView({ q })} />}
        <span className={styles.slider}>
          <Button
            small
            kind="quiet"
            icon="back"
            aria-label="Earlier iteration"
            disabled={place === 0}
            onClick={() => move(place - 1)}
          />
          <input
            type="range"
            aria-label="Iteration"
            aria-valuetext={`Iteration ${shownAt}`}
            min={0}
            max={Math.max(0, iterations.length - 1)}
            value={place}
            onChange={(event) => move(Number(event.target.value))}
          />
          <Button
            small
            kind="quiet"
            icon="chevronRight"
            aria-label="Later iteration"
            disabled={place >= iterations.length - 1}
            onClick={() => move(place + 1)}
          />
          <output>Iteration {shownAt}</output>
        </span>
        {pages.hasNextPage && (
          <Button small busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Load earlier iterations
          </Button>
        )}
        <Choice label="Size" value={view.size} of={SIZES} onChange={(size) => setView({ size })} />
      </Toolbar>
      {shown.map((metric) => {
        const events = current.filter((event) => event.metric === metric);
        return (
          <Card key={metric} title={metric}>
            {events.length === 0 && <p className={styles.none}>Nothing up to iteration {shownAt}.</p>}
            <ul className={`${styles.grid} ${styles[view.size]}`}>
              {events.map((event) => (
                <li key={event.variant}>
                  <button
                    type="button"
                    className={styles.tile}
                    aria-label={`Open ${metric} ${event.variant}`}
                    onClick={() => setView({ image: metric, variant: event.variant, iter: event.iter })}
                  >
                    <Media event={event} />
                    <span className={styles.caption}>
                      <span>{event.variant}</span>
                      <span className={styles.none}>{event.iter}</span>
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </Card>
        );
      })}
      {shown.length === 0 && <Empty title="No metric fits" icon="search" />}
      {view.image && (
        <Viewer
          key={`${view.image} ${view.variant}`}
          task={task.id}
          metric={view.image}
          variant={view.variant}
          iteration={view.iter}
          onShow={(event) => setView({ image: event.metric, variant: event.variant, iter: event.iter })}
          onClose={() => setView({ image: "", variant: "", iter: 0 })}
        />
      )}
    </>
  );
}

/** Pages of iterations from the newest down; asked for anew when the task has changed. */
function useImagePages(task: TaskDetails, metrics: string[]) {
  const id = task.id;
  const client = useQueryClient();
  const key = ["images", id, metrics];
  const found = useInfiniteQuery({
    queryKey: key,
    enabled: metrics.length > 0,
    initialPageParam: "",
    queryFn: async ({ pageParam, signal }) =>
      (await call(
        "events.debug_images",
        {
          metrics: metrics.map((metric) => ({ task: id, metric })),
          iters: ITERATIONS,
          navigate_earlier: true,
          ...(pageParam ? { scroll_id: pageParam } : {}),
        },
        { signal },
      )) as unknown as ImagesPage,
    getNextPageParam: (page) => ((page.metrics?.[0]?.iterations.length ?? 0) > 0 ? page.scroll_id : undefined),
  });
  const stamp = stampOf(task);
  const before = useRef(stamp);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is made anew with each render
  useEffect(() => {
    if (before.current !== stamp) void client.invalidateQueries({ queryKey: ["images", id] });
    before.current = stamp;
  }, [stamp, id]);
  return found;
}

/** The last of each variant. */
function newest(events: ImageEvent[]): ImageEvent[] {
  const found = new Map<string, ImageEvent>();
  for (const event of events) found.set(`${event.metric}\n${event.variant}`, event);
  return [...found.values()].sort((a, b) => a.variant.localeCompare(b.variant, "en", { numeric: true }));
}

export function mediaOf(url: string): "film" | "sound" | "page" | "picture" {
  const name = url.split(/[?#]/)[0]?.toLowerCase() ?? "";
  if (/\.(mp4|webm|mov|ogv|avi|mkv)$/.test(name)) return "film";
  if (/\.(mp3|wav|ogg|flac|m4a|aac)$/.test(name)) return "sound";
  if (/\.(html?|txt|json|pdf|csv)$/.test(name)) return "page";
  return "picture";
}

function Media({ event, large }: { event: ImageEvent; large?: boolean }) {
  const find = useFileAddress();
  const [failed, setFailed] = useState<string | null>(null);
  if (!find) return null;
  const url = find(event.url);
  const kind = mediaOf(event.url);
  if (!url || failed === url)
    return (
      <span className={styles.missing}>
        <Icon name="alert" />
        {url ? "It cannot be loaded" : "A browser cannot open"} <code>{event.url}</code>
      </span>
    );
  const onError = () => setFailed(url);
  if (kind === "film")
    return <video src={url} controls={large ?? false} muted={!large} onError={onError} preload="metadata" />;
  if (kind === "sound") {
    if (!large) return <span className={styles.missing}>Sound</span>;
    // biome-ignore lint/a11y/useMediaCaption: what a run recorded has no captions
    return <audio src={url} controls onError={onError} />;
  }
  if (kind === "page")
    return large ? (
      <a href={url} target="_blank" rel="noreferrer noopener">
        Open {event.variant}
      </a>
    ) : (
      <span className={styles.missing}>File</span>
    );
  return (
    <img src={url} alt={`${event.metric} ${event.variant}, iteration ${event.iter}`} loading="lazy" onError={onError} />
  );
}

interface ViewerProps {
  task: string;
  metric: string;
  variant: string;
  iteration: number;
  onShow: (event: ImageEvent) => void;
  onClose: () => void;
}

interface Sample {
  scroll_id?: string;
  event?: ImageEvent | null;
  min_iteration?: number | null;
  max_iteration?: number | null;
}

/** One picture over the whole window. Arrow keys: left and right to other variants and iterations, up and down to other iterations. */
function Viewer({ task, metric, variant, iteration, onShow, onClose }: ViewerProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const [zoom, setZoom] = useState(1);
  const [told, setTold] = useState("");
  const [moving, setMoving] = useState(false);
  const sample = useQuery({
    queryKey: ["sample", task, metric, variant, iteration],
    queryFn: async ({ signal }) =>
      (await call(
        "events.get_debug_image_sample",
        { task, metric, variant, iteration, navigate_current_metric: false },
        { signal },
      )) as unknown as Sample,
    staleTime: 60_000,
  });
  const shown = sample.data?.event;
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  const step = async (earlier: boolean, nextIteration: boolean) => {
    const scroll = sample.data?.scroll_id;
    if (!scroll || moving) return;
    setMoving(true);
    try {
      const next = (await call("events.next_debug_image_sample", {
        task,
        scroll_id: scroll,
        navigate_earlier: earlier,
        next_iteration: nextIteration,
      })) as unknown as Sample;
      setTold(next.event ? "" : earlier ? "This is the first one" : "This is the last one");
      if (next.event) onShow(next.event);
    } catch (error) {
      setTold(wordsOf(error));
    } finally {
      setMoving(false);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const keys: Record<string, () => void> = {
      ArrowLeft: () => void step(true, false),
      ArrowRight: () => void step(false, false),
      ArrowUp: () => void step(false, true),
      ArrowDown: () => void step(true, true),
      "+": () => setZoom((now) => Math.min(8, now * 1.25)),
      "-": () => setZoom((now) => Math.max(0.25, now / 1.25)),
      "0": () => setZoom(1),
    };
    const run = keys[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  };
  return (
    <dialog
      ref={ref}
      className={styles.viewer}
      aria-label={`${metric} ${variant}`}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={onKeyDown}
    >
      <header className={styles.viewerHead}>
        <strong>{metric}</strong>
        <span>{variant}</span>
        <span className={styles.none}>
          iteration {shown?.iter ?? iteration}
          {sample.data?.max_iteration !== undefined &&
            sample.data?.max_iteration !== null &&
            ` of ${sample.data.min_iteration} to ${sample.data.max_iteration}`}
        </span>
        <span role="status" className={styles.none}>
          {told}
        </span>
        <span className={styles.right}>
          <Button kind="quiet" aria-label="Smaller" onClick={() => setZoom((now) => Math.max(0.25, now / 1.25))}>
            −
          </Button>
          <Button kind="quiet" aria-label="As it fits" onClick={() => setZoom(1)}>
            {Math.round(zoom * 100)} %
          </Button>
          <Button
            kind="quiet"
            icon="plus"
            aria-label="Larger"
            onClick={() => setZoom((now) => Math.min(8, now * 1.25))}
          />
          <Button kind="quiet" icon="close" aria-label="Close" onClick={onClose} />
        </span>
      </header>
      <div className={styles.stage}>
        {sample.error && <Failure error={sample.error} retry={() => void sample.refetch()} />}
        {sample.data && !shown && <Empty title="There is no such image any more" icon="grid" />}
        {shown && (
          <div className={styles.zoomed} style={{ width: `${zoom * 100}%`, height: `${zoom * 100}%` }}>
            <Media event={shown} large />
          </div>
        )}
      </div>
      <footer className={styles.viewerFoot}>
        <Button icon="back" aria-disabled={moving} onClick={() => void step(true, false)}>
          Previous
        </Button>
        <Button aria-disabled={moving} onClick={() => void step(true, true)}>
          Earlier iteration
        </Button>
        <Button aria-disabled={moving} onClick={() => void step(false, true)}>
          Later iteration
        </Button>
        <Button icon="chevronRight" autoFocus aria-disabled={moving} onClick={() => void step(false, false)}>
          Next
        </Button>
      </footer>
    </dialog>
  );
}
