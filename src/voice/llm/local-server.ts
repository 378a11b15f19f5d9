/** A model server on this machine that speaks OpenAI's API. */
export interface LocalServer {
  /** Base URL with `/v1`. */
  url: string;
  /** The first model it lists. */
  model: string;
  /** What usually listens there. */
  product: string;
}

/** Where such servers listen unless told otherwise; the first that answers in this order is taken. */
const KNOWN_PORTS: readonly { port: number; product: string }[] = [
  { port: 11434, product: 'Ollama' },
  { port: 1234, product: 'LM Studio' },
  { port: 8080, product: 'llama.cpp' },
  { port: 8000, product: 'vLLM' },
];
/** A server on loopback answers within this or is not there; start-up waits for it. */
const PROBE_TIMEOUT_MS = 300;
const MAX_LIST_BYTES = 1024 * 1024;
/** Embedding and speech models stand in the same list, and cannot hold a conversation. */
const NO_CHAT_MODEL = /embed|rerank|whisper|tts|bge-|minilm/i;

export interface FindLocalServerOptions {
  ports?: readonly { port: number; product: string }[];
  timeoutMs?: number;
}

async function limitedText(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MAX_LIST_BYTES) throw new RangeError('the list of models is too large');
  }
  return text;
}

/** The model of a reply shaped `{ "data": [{ "id": "..." }] }`; undefined for any other, such as our own HTTP port gives. */
function listedModel(body: unknown): string | undefined {
  const data = typeof body === 'object' && body !== null ? (body as { data?: unknown }).data : undefined;
  if (!Array.isArray(data)) return undefined;
  const ids = data.map((entry: unknown) =>
    typeof entry === 'object' && entry !== null ? (entry as { id?: unknown }).id : undefined,
  );
  return ids.find((id): id is string => typeof id === 'string' && id !== '' && !NO_CHAT_MODEL.test(id));
}

async function probe(port: number, product: string, timeoutMs: number): Promise<LocalServer | undefined> {
  const url = `http://127.0.0.1:${port}/v1`;
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(`${url}/models`, { signal, redirect: 'error' });
    if (!response.ok) {
      await response.body?.cancel();
      return undefined;
    }
    const model = listedModel(JSON.parse(await limitedText(response)));
    return model === undefined ? undefined : { url, model, product };
  } catch {
    // Nobody there, too slow, or something else's port: all mean that there is no model server.
    return undefined;
  }
}

/** Looks for a model server on loopback, all ports at once. @returns undefined when there is none that lists a chat model. */
export async function findLocalServer(
  options: FindLocalServerOptions = {},
): Promise<LocalServer | undefined> {
  const { ports = KNOWN_PORTS, timeoutMs = PROBE_TIMEOUT_MS } = options;
  const found = await Promise.all(ports.map(({ port, product }) => probe(port, product, timeoutMs)));
  return found.find((server) => server !== undefined);
}
