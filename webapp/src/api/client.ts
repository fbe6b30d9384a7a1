/**
 * The one way to the server: `call("tasks.get_all_ex", {...})`. Actions, requests and answers are typed by `schema.d.ts`, which the build
 * generates from the server's own OpenAPI document.
 */
import { apiBase } from "./configuration";
import type { operations } from "./schema";

export type Action = keyof operations;
type Body<A extends Action> = operations[A] extends { requestBody?: { content: infer C } }
  ? C extends { "application/json": infer B }
    ? B
    : Record<string, unknown>
  : Record<string, unknown>;
type Answer<A extends Action> = operations[A]["responses"] extends { 200: { content: { "application/json": infer R } } }
  ? R extends { data: infer D }
    ? D
    : unknown
  : unknown;

/** Lists take any field of the documents as a filter, beside the named ones (docs/query.md). */
type IsQuery<A extends Action> = A extends `${string}.get_all${string}` ? true : false;
export type RequestOf<A extends Action> = IsQuery<A> extends true ? Body<A> & { [field: string]: unknown } : Body<A>;
export type DataOf<A extends Action> = Answer<A>;

/** What a call failed with. `code` 0: the server could not be reached. */
export class CallError extends Error {
  readonly action: string;
  readonly code: number;
  readonly subcode: number;
  /** The call's id; the server's log has it. */
  readonly id: string;

  constructor(action: string, code: number, subcode: number, message: string, id = "") {
    super(message);
    this.name = "CallError";
    this.action = action;
    this.code = code;
    this.subcode = subcode;
    this.id = id;
  }

  get signedOut(): boolean {
    return this.code === 401;
  }
}

type Listener = () => void;
const onSignedOut = new Set<Listener>();

/** Calls back whenever an answer says that nobody is signed in. */
export function whenSignedOut(listener: Listener): () => void {
  onSignedOut.add(listener);
  return () => onSignedOut.delete(listener);
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
  headers?: Record<string, string>;
}

interface Envelope {
  meta?: { result_code?: number; result_subcode?: number; result_msg?: string; id?: string };
  data?: unknown;
}

/** Carry out one action. Throws: CallError; AbortError when the signal aborts it. */
export async function call<A extends Action>(
  action: A,
  request: RequestOf<A>,
  options: CallOptions = {},
): Promise<DataOf<A>> {
  const envelope = await post(await address(action), action, request, options);
  return envelope.data as DataOf<A>;
}

/** Where an action is. 999.0 means the newest version that the server has. */
export async function address(action: string): Promise<string> {
  return `${await apiBase()}/v999.0/${action}`;
}

async function post(url: string, action: string, request: unknown, options: CallOptions): Promise<Envelope> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      credentials: "include",
      headers: { "Content-Type": "application/json", ...options.headers },
      body: JSON.stringify(request),
      signal: options.signal ?? null,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new CallError(action, 0, 0, "The server cannot be reached. Is it running, and is this machine connected?");
  }
  const envelope = await envelopeOf(response);
  const code = envelope?.meta?.result_code ?? response.status;
  if (response.ok && envelope && code === 200) return envelope;
  if (code === 401) for (const listener of onSignedOut) listener();
  const words = envelope?.meta?.result_msg ?? `The server answered ${response.status} ${response.statusText}`.trim();
  throw new CallError(action, code, envelope?.meta?.result_subcode ?? 0, words, envelope?.meta?.id);
}

async function envelopeOf(response: Response): Promise<Envelope | null> {
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? (body as Envelope) : null;
  } catch {
    return null;
  }
}

/** What a person is told about a failure. */
export function wordsOf(error: unknown): string {
  if (error instanceof CallError)
    return error.code === 503 ? "The server is busy. Try again in a moment." : error.message;
  return error instanceof Error ? error.message : String(error);
}
