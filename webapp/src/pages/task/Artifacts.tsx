/** What the run made and used: models and artifacts, each with a look at what is in it. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link } from "react-router";
import { useCall } from "@/api/hooks";
import { bytes, dateTime } from "@/lib/format";
import { text, useUrlState } from "@/lib/urlState";
import { Button } from "@/ui/Button";
import { CodeBlock, CopyButton } from "@/ui/CodeBlock";
import { Icon } from "@/ui/Icon";
import { Empty, Failure, Loading } from "@/ui/states";
import styles from "./Artifacts.module.css";
import { type Artifact, type ModelUse, type TaskDetails, useTaskFields } from "./data";
import { useFileAddress } from "./files";
import { Card, FactList, Search, TextBlock, Toolbar } from "./parts";
import { parsedCsv } from "./table";

const VIEW = { q: text(), artifact: text() };
const UPLOAD = `task.upload_artifact("scores", {"f1": 0.91})          # any object, file or folder
OutputModel(task=task).update_weights("model.pt")       # a model`;

export function Artifacts({ task }: { task: TaskDetails }) {
  const [view, setView] = useUrlState(VIEW);
  const { details, error, refetch } = useTaskFields(task, ["execution.artifacts", "models"]);
  const artifacts = useMemo(
    () =>
      [...(details?.execution?.artifacts ?? [])].sort((a, b) => a.key.localeCompare(b.key, "en", { numeric: true })),
    [details],
  );
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  if (!details) return <Loading />;
  const models = [...(details.models?.output ?? []), ...(details.models?.input ?? [])];
  if (artifacts.length === 0 && models.length === 0)
    return (
      <Empty title="No artifacts and no models" icon="database">
        <p>What a run hands on: data, predictions, weights. The SDK uploads it and keeps it with the task.</p>
        <CodeBlock label="In your script">{UPLOAD}</CodeBlock>
      </Empty>
    );
  const words = view.q.trim().toLowerCase();
  const shown = artifacts.filter(({ key, type }) => `${key} ${type}`.toLowerCase().includes(words));
  const opened = artifacts.find((one) => idOf(one) === view.artifact) ?? shown[0];
  return (
    <>
      {models.length > 0 && <Models models={details.models ?? {}} />}
      {artifacts.length > 0 && (
        <Card title="Artifacts" beside={artifacts.length}>
          {artifacts.length > 8 && (
            <Toolbar label="Artifacts">
              <Search label="Find an artifact" value={view.q} onChange={(q) => setView({ q })} />
            </Toolbar>
          )}
          <div className={styles.split}>
            <ul className={styles.list} aria-label="Artifacts">
              {shown.map((artifact) => (
                <li key={idOf(artifact)}>
                  <button
                    type="button"
                    aria-current={opened === artifact ? "true" : undefined}
                    onClick={() => setView({ artifact: idOf(artifact) })}
                  >
                    <span className={styles.key}>{artifact.key}</span>
                    <span className={styles.hint}>
                      {[artifact.type, bytes(artifact.content_size), artifact.mode === "input" && "input"]
                        .filter(Boolean)
                        .join(" · ")}
                    </span>
                  </button>
                </li>
              ))}
              {shown.length === 0 && <li className={styles.hint}>Nothing fits.</li>}
            </ul>
            {opened && <Details key={idOf(opened)} artifact={opened} />}
          </div>
        </Card>
      )}
    </>
  );
}

function idOf({ key, mode }: Artifact): string {
  return mode === "input" ? `${key} (input)` : key;
}

function Details({ artifact }: { artifact: Artifact }) {
  const find = useFileAddress();
  const url = find?.(artifact.uri) ?? null;
  return (
    <div className={styles.details}>
      <header className={styles.head}>
        <h3>{artifact.key}</h3>
        {url && (
          <a className={styles.download} href={url} target="_blank" rel="noreferrer noopener" download>
            <Icon name="download" /> Download
          </a>
        )}
      </header>
      <FactList
        facts={[
          ["Type", artifact.type],
          ["Content", artifact.type_data?.content_type],
          ["Size", artifact.content_size !== undefined && bytes(artifact.content_size)],
          ["Uploaded", artifact.timestamp && dateTime(new Date(artifact.timestamp * 1000).toISOString())],
          ["Hash", artifact.hash && <code>{artifact.hash}</code>],
          [
            "Address",
            artifact.uri && (
              <>
                <code>{artifact.uri}</code> <CopyButton text={artifact.uri} what="the address" />
              </>
            ),
          ],
          ...(artifact.display_data ?? []),
        ]}
      />
      {find && <Preview artifact={artifact} url={url} />}
    </div>
  );
}

type Kind = "image" | "csv" | "json" | "text" | "other";
const MOST_BYTES = 2_000_000;
const MOST_LETTERS = 200_000;

export function kindOf(artifact: Artifact): Kind {
  const type = (artifact.type_data?.content_type ?? "").toLowerCase();
  const name = (artifact.uri ?? "").split(/[?#]/)[0]?.toLowerCase().replace(/\.gz$/, "") ?? "";
  if (/\.(png|jpe?g|gif|webp|bmp|svg|avif)$/.test(name) || type.startsWith("image/")) return "image";
  if (/\.(csv|tsv)$/.test(name) || type === "text/csv") return "csv";
  if (/\.json$/.test(name) || type === "application/json") return "json";
  if (/\.(txt|log|md|ya?ml|toml|ini|conf|py|xml|html)$/.test(name) || type.startsWith("text/")) return "text";
  return "other";
}

/** The file itself where it is small and lies here; else what the SDK sent along as a preview. */
function Preview({ artifact, url }: { artifact: Artifact; url: string | null }) {
  const kind = kindOf(artifact);
  const sent = artifact.type_data?.preview;
  const near = url?.startsWith(new URL("files/", document.baseURI).href) ?? false;
  const small = (artifact.content_size ?? 0) <= MOST_BYTES;
  const readable = near && small && kind !== "other" && kind !== "image";
  const file = useQuery({
    queryKey: ["artifact", url, artifact.hash],
    queryFn: ({ signal }) => readText(url ?? "", signal),
    enabled: readable,
    staleTime: 60_000,
    retry: false,
  });
  if (kind === "image" && url) return <Picture url={url} name={artifact.key} />;
  if (readable && file.isPending) return <Loading what="Reading the file" />;
  const words = file.data ?? sent;
  if (words === undefined || words === "")
    return (
      <p className={styles.hint}>
        {near && !small ? "It is too large to be shown here. Download it." : "There is no preview of it."}
      </p>
    );
  return (
    <>
      {file.error && (
        <p className={styles.hint}>
          The file could not be read ({file.error.message}); this is what the SDK sent along.
        </p>
      )}
      {kind === "csv" && file.data ? (
        <CsvTable words={file.data} name={artifact.uri ?? ""} />
      ) : (
        <TextBlock label={`Preview of ${artifact.key}`}>{pretty(words, kind)}</TextBlock>
      )}
    </>
  );
}

function Picture({ url, name }: { url: string; name: string }) {
  const [failed, setFailed] = useState(false);
  if (failed) return <p className={styles.hint}>The picture cannot be loaded from {url}</p>;
  return <img className={styles.picture} src={url} alt={name} onError={() => setFailed(true)} />;
}

function pretty(words: string, kind: Kind): string {
  const cut = words.length > MOST_LETTERS ? `${words.slice(0, MOST_LETTERS)}\n…` : words;
  if (kind !== "json" || cut !== words) return cut;
  try {
    return JSON.stringify(JSON.parse(words), null, 2);
  } catch {
    return words;
  }
}

/** A file's text; one that is packed is unpacked, up to what is shown. */
async function readText(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { credentials: "include", signal });
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`.trim());
  if (!response.body) return "";
  const packed = new URL(url).pathname.endsWith(".gz");
  const body: ReadableStream<BufferSource> = response.body as ReadableStream<BufferSource>;
  const reader = (
    packed ? body.pipeThrough(new DecompressionStream("gzip")) : body
  ).getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const decoder = new TextDecoder();
  let words = "";
  // What is packed small may be large: reading ends where showing does.
  while (words.length <= MOST_LETTERS) {
    const { done, value } = await reader.read();
    if (done) return words + decoder.decode();
    words += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return words;
}

const ROWS = 100;

function CsvTable({ words, name }: { words: string; name: string }) {
  const [count, setCount] = useState(ROWS);
  const rows = useMemo(() => parsedCsv(words, /\.tsv(\.gz)?$/i.test(name) ? "\t" : ","), [words, name]);
  const [head = [], ...body] = rows;
  return (
    <div className={styles.csv}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard */}
      <div className={styles.scroll} role="region" aria-label="Table" tabIndex={0}>
        <table>
          <thead>
            <tr>
              {head.map((cell, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: cells have nothing but their place
                <th key={at} scope="col">
                  {cell}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {body.slice(0, count).map((row, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have nothing but their place
              <tr key={at}>
                {row.map((cell, place) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: cells have nothing but their place
                  <td key={place}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={styles.hint}>
        {body.length.toLocaleString("en")} rows{words.length > MOST_LETTERS && " of its beginning"}{" "}
        {count < body.length && (
          <Button small onClick={() => setCount(count + 10 * ROWS)}>
            Show more
          </Button>
        )}
      </p>
    </div>
  );
}

// Models

interface ModelRow {
  id: string;
  name?: string;
  framework?: string;
  uri?: string;
  ready?: boolean;
  created?: string;
  project?: { id: string };
}

function Models({ models }: { models: NonNullable<TaskDetails["models"]> }) {
  const ids = useMemo(
    () => [...(models.output ?? []), ...(models.input ?? [])].flatMap(({ model }) => model?.id ?? []),
    [models],
  );
  const found = useCall(
    "models.get_all_ex",
    {
      id: ids,
      only_fields: ["name", "framework", "uri", "ready", "created", "project.id"],
      page: 0,
      page_size: 500,
    } as never,
    { enabled: ids.length > 0 },
  );
  const byId = new Map(((found.data?.models ?? []) as ModelRow[]).map((model) => [model.id, model]));
  return (
    <Card title="Models" beside={ids.length}>
      {found.error && <Failure error={found.error} retry={() => void found.refetch()} />}
      <table className={styles.models}>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Use</th>
            <th scope="col">Framework</th>
            <th scope="col">State</th>
            <th scope="col">Address</th>
          </tr>
        </thead>
        <tbody>
          {(["output", "input"] as const).flatMap((use) =>
            (models[use] ?? []).map((one) => (
              <ModelLine
                key={`${use} ${one.name}`}
                use={use}
                one={one}
                model={byId.get(one.model?.id ?? "")}
                gone={found.isSuccess}
              />
            )),
          )}
        </tbody>
      </table>
    </Card>
  );
}

function ModelLine({
  use,
  one,
  model,
  gone,
}: {
  use: "output" | "input";
  one: ModelUse;
  model: ModelRow | undefined;
  gone: boolean;
}) {
  const find = useFileAddress();
  const url = find?.(model?.uri) ?? null;
  return (
    <tr>
      <td>
        {model ? (
          <Link to={`/projects/${model.project?.id ?? "*"}/models/${model.id}`}>{model.name}</Link>
        ) : (
          <span className={styles.hint}>{gone ? `${one.name} (deleted)` : one.name}</span>
        )}
      </td>
      <td>{use}</td>
      <td>{model?.framework}</td>
      <td>{model && (model.ready ? "Published" : "Draft")}</td>
      <td>
        {url ? (
          <a href={url} target="_blank" rel="noreferrer noopener">
            {model?.uri}
          </a>
        ) : (
          model?.uri && (
            <>
              <code>{model.uri}</code> <CopyButton text={model.uri} what="the address" />
            </>
          )
        )}
      </td>
    </tr>
  );
}
