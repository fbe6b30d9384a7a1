/** Files: where they are, and saving what the page made. */
import { useQuery } from "@tanstack/react-query";
import { configuration } from "@/api/configuration";
import { token } from "@/app/theme";
import type { Series } from "@/ui/chart/LineChart";
import { fileAddress } from "./fileAddress";

/** `fileAddress` for this page; null until the configuration is known. */
export function useFileAddress(): ((uri: string | undefined) => string | null) | null {
  const told = useQuery({ queryKey: ["configuration"], queryFn: configuration, staleTime: Number.POSITIVE_INFINITY });
  const { data } = told;
  return data ? (uri) => fileAddress(uri, data, new URL(document.baseURI)) : null;
}

function save(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name.replace(/[/\\:*?"<>|]+/g, "_");
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function saveText(name: string, type: string, words: string): void {
  save(name, new Blob([words], { type: `${type};charset=utf-8` }));
}

const LINE_PX = 18;

/** The chart's picture with its title and the names of its curves. */
export function saveChart(place: HTMLElement, title: string, series: Series[]): void {
  const canvas = place.querySelector("canvas");
  if (!canvas) return;
  const scale = devicePixelRatio || 1;
  const rows = Math.ceil(series.length / 3);
  const made = document.createElement("canvas");
  made.width = canvas.width;
  made.height = canvas.height + (34 + rows * LINE_PX) * scale;
  const context = made.getContext("2d");
  if (!context) return;
  context.fillStyle = token("--surface");
  context.fillRect(0, 0, made.width, made.height);
  context.drawImage(canvas, 0, 28 * scale);
  context.scale(scale, scale);
  context.fillStyle = token("--text");
  context.font = "600 14px system-ui, sans-serif";
  const width = made.width / scale;
  context.fillText(title, 10, 20, width - 20);
  context.font = "12px system-ui, sans-serif";
  series.forEach(({ label, colour }, at) => {
    const [x, y] = [10 + (at % 3) * (width / 3), 28 + canvas.height / scale + 14 + Math.floor(at / 3) * LINE_PX];
    context.fillStyle = colour || token("--text");
    context.fillRect(x, y - 5, 12, 4);
    context.fillStyle = token("--text-2");
    context.fillText(label, x + 18, y, width / 3 - 28);
  });
  made.toBlob((blob) => blob && save(`${title}.png`, blob), "image/png");
}
