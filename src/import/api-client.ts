import type { Clock } from '../lib/clock.ts';
import type { Secret } from '../lib/secret.ts';
import { ImportError, RefusedError } from './import-error.ts';
import { isObject, isShallow, type Json } from './json.ts';

/** A whole page of a thousand assistants with long prompts stays well below it. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Deeper than any document of these APIs, and no danger to the stack. */
const MAX_DEPTH = 64;
/** How long one request may take: that of the vendors' own clients. */
const REQUEST_LIMIT_MS = 60_000;
/** Tries of one request, the first included. */
const MAX_TRIES = 5;
/** The first pause where the server names none; it doubles with each try. */
const FIRST_PAUSE_MS = 1_000;
/** A server that asks for a longer pause than this is better asked again by the person. */
const MAX_PAUSE_MS = 120_000;
/** Characters of a refusal that are repeated. */
const MAX_MESSAGE_LENGTH = 300;

/** Says that a request was not taken up at all, so that it may be repeated whatever its method. */
const NOT_TAKEN: ReadonlySet<number> = new Set([429, 503]);
/** May have been done although it failed: only reading is repeated. */
const UNSURE: ReadonlySet<number> = new Set([408, 500, 502, 504]);

export type Method = 'GET' | 'POST' | 'PATCH';

export interface ApiClientOptions {
  /** Without a slash at its end. */
  baseUrl: string;
  key: Secret;
  clock: Clock;
}

/** One HTTP API with one key: JSON both ways, patient where the server asks for it. */
export class ApiClient {
  readonly baseUrl: string;
  readonly #key: Secret;
  readonly #clock: Clock;

  constructor({ baseUrl, key, clock }: ApiClientOptions) {
    this.baseUrl = baseUrl;
    this.#key = key;
    this.#clock = clock;
  }

  /**
   * @param path with its query.
   * @throws {RefusedError} for an answer that is no success. @throws {ImportError} when there is none.
   */
  async request(method: Method, path: string, body?: Json): Promise<Json> {
    for (let tries = 1; ; tries += 1) {
      const outcome = await this.#attempt(method, path, body);
      if ('value' in outcome) return outcome.value;
      const isRepeatable = NOT_TAKEN.has(outcome.status) || (method === 'GET' && UNSURE.has(outcome.status));
      if (!isRepeatable || tries === MAX_TRIES)
        throw new RefusedError(this.baseUrl, outcome.status, outcome.words);
      const pauseMs = outcome.pauseMs ?? FIRST_PAUSE_MS * 2 ** (tries - 1);
      if (pauseMs > MAX_PAUSE_MS) {
        const seconds = Math.ceil(pauseMs / 1000);
        throw new ImportError(`${this.baseUrl} asks to wait for ${seconds} s: run this again then`);
      }
      await this.#pause(pauseMs);
    }
  }

  get(path: string): Promise<Json> {
    return this.request('GET', path);
  }

  async #attempt(method: Method, path: string, body: Json | undefined): Promise<Outcome> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.baseUrl}${path}`, {
        method,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${this.#key.reveal()}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        // A redirect would carry the key to a house that the person did not name.
        redirect: 'manual',
        signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
      });
      text = await readText(response);
    } catch (error) {
      if (error instanceof ImportError) throw error;
      throw new ImportError(`cannot reach ${this.baseUrl}: ${causeOf(error)}`, { cause: error });
    }
    if (response.ok) return { value: this.#parsed(text, path) };
    const pauseMs = pauseOf(response.headers.get('retry-after'), this.#clock.now());
    const words = wordsOf(response, text);
    return { status: response.status, words, ...(pauseMs !== undefined && { pauseMs }) };
  }

  #parsed(text: string, path: string): Json {
    let value: Json;
    try {
      value = JSON.parse(text) as Json;
    } catch (error) {
      const what = `${this.baseUrl}${path} answers with something else than JSON: is it the base URL of the API?`;
      throw new ImportError(what, { cause: error });
    }
    if (!isShallow(value, MAX_DEPTH))
      throw new ImportError(`${this.baseUrl}${path} answers with too deep a document`);
    return value;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.setTimeout(resolve, ms));
  }
}

type Outcome = { value: Json } | { status: number; words: string; pauseMs?: number };

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new ImportError(`${response.url} answers with too much`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The words of a refusal, wherever the vendors and the exchange put them. */
function wordsOf(response: Response, text: string): string {
  const status = `${response.status}${response.statusText === '' ? '' : ` ${response.statusText}`}`;
  if (response.status >= 300 && response.status < 400) return `${status}: a redirect is not followed`;
  const said = saidIn(text);
  return said === undefined ? status : `${status}: ${said.slice(0, MAX_MESSAGE_LENGTH)}`;
}

function saidIn(text: string): string | undefined {
  let body: Json;
  try {
    body = JSON.parse(text) as Json;
  } catch {
    return undefined; // a page of some proxy: the status says enough
  }
  if (!isObject(body)) return undefined;
  const inner = isObject(body.error) ? body.error.message : undefined;
  const said = body.message ?? body.detail ?? inner;
  if (typeof said === 'string') return said;
  if (!Array.isArray(said)) return undefined;
  return said.map(sentenceOf).join('; ');
}

function sentenceOf(item: Json): string {
  if (typeof item === 'string') return item;
  if (!isObject(item)) return '';
  const place = Array.isArray(item.loc) ? `${item.loc.join('.')}: ` : '';
  return `${place}${typeof item.msg === 'string' ? item.msg : ''}`;
}

/** RFC 9110 section 10.2.3: seconds, or an instant. */
function pauseOf(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** What undici hides one level down, such as ECONNREFUSED. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${REQUEST_LIMIT_MS / 1000} s`;
  const { cause } = error;
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  return code ?? (cause instanceof Error && cause.message !== '' ? cause.message : error.message);
}
