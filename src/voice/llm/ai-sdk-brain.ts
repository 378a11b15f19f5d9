import { setTimeout as sleep } from 'node:timers/promises';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { AISDKError, APICallError, type FinishReason, type LanguageModel, streamText } from 'ai';
import { AGENT_DEFAULTS } from '../../domain/agents/agent-defaults.ts';
import type { Secret } from '../../lib/secret.ts';
import { BrainError, type BrainFailure } from './brain-error.ts';
import type { Brain, BrainChunk, BrainRequest } from './contract.ts';
import { modelMessages, modelTools } from './model-prompt.ts';

/** Tries of one answer. The SDK's own retries wait for seconds, or as long as the server says: silence on the line. */
const MAX_ATTEMPTS = 2;
/** Enough for a dropped connection or a restarted worker, too short to be noticed. */
const RETRY_DELAY_MS = 250;
const WORTH_A_RETRY: ReadonlySet<BrainFailure> = new Set(['rate', 'server', 'network']);
/** Seconds a `custom-llm` server may take for a whole answer unless the agent says otherwise (docs.vapi.ai, custom LLM). */
const DEFAULT_TIMEOUT_SECONDS = 20;
const MAX_TIMEOUT_SECONDS = 600;
/** Asked of a server whose agent names no model: servers that hold one model ignore it. */
const UNNAMED_MODEL = 'default';
const OPENAI_DEFAULT_MODEL = 'gpt-4o-mini';
/** Characters of a vendor's error text that are shown. */
const MAX_ERROR_CHARS = 300;

/** How the facts of the call are put into the body of a `custom-llm` request (docs.vapi.ai, `metadataSendMode`). */
export type MetadataSendMode = 'off' | 'variable' | 'destructured';

function finishReason(reason: FinishReason): Extract<BrainChunk, { type: 'finished' }>['reason'] {
  return reason === 'stop' || reason === 'length' || reason === 'tool-calls' ? reason : 'other';
}

function kindOfStatus(status: number): BrainFailure {
  if (status === 401 || status === 403) return 'auth';
  if (status === 429) return 'rate';
  if (status === 408) return 'timeout';
  return status >= 500 ? 'server' : 'bad-request';
}

/** What the SDK threw, as an error of ours. */
function brainError(error: unknown, provider: string): BrainError {
  const text = (error instanceof Error ? error.message : String(error)).slice(0, MAX_ERROR_CHARS);
  const of = (kind: BrainFailure, message = text, status?: number): BrainError =>
    new BrainError(kind, provider, message, { cause: error, ...(status !== undefined && { status }) });
  if (APICallError.isInstance(error) && (error.statusCode ?? 0) >= 400) {
    const status = error.statusCode ?? 0;
    return of(kindOfStatus(status), `${status} ${text}`, status);
  }
  // A connection that broke amid a good answer is fetch's TypeError inside; one that never stood has no status.
  if (APICallError.isInstance(error)) {
    return of(error.statusCode === undefined || error.cause instanceof TypeError ? 'network' : 'server');
  }
  if (AISDKError.isInstance(error)) return of('server', `not the protocol: ${text}`);
  if (error instanceof Error && error.name === 'TimeoutError') return of('timeout', 'no answer in time');
  const refused = (error as { code?: unknown } | null)?.code === 'egress-refused';
  return of(refused ? 'bad-request' : 'network');
}

/** A model behind an OpenAI-compatible server or OpenAI itself, through the AI SDK. Tools are offered, never run. */
export class AiSdkBrain implements Brain {
  readonly name: string;
  readonly #model: (request: BrainRequest) => LanguageModel;
  readonly #timeoutMs: number;

  constructor(
    name: string,
    model: (request: BrainRequest) => LanguageModel,
    timeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
  ) {
    this.name = name;
    this.#model = model;
    this.#timeoutMs = Math.min(Math.max(timeoutSeconds, 1), MAX_TIMEOUT_SECONDS) * 1_000;
  }

  /** @throws BrainError when the vendor fails; the signal's reason when it was aborted. */
  async *respond(request: BrainRequest): AsyncGenerator<BrainChunk> {
    const { signal } = request;
    signal.throwIfAborted();
    const deadline = AbortSignal.timeout(this.#timeoutMs);
    // Ends the request also when the reader stops early.
    const released = new AbortController();
    const ended = AbortSignal.any([signal, deadline, released.signal]);
    try {
      for (let attempt = 1; ; attempt += 1) {
        let begun = false;
        try {
          for await (const chunk of this.#stream(request, ended)) {
            begun = true;
            yield chunk;
          }
          return;
        } catch (error) {
          if (signal.aborted) throw signal.reason;
          const failure = brainError(deadline.aborted ? deadline.reason : error, this.name);
          if (begun || attempt >= MAX_ATTEMPTS || !WORTH_A_RETRY.has(failure.kind)) throw failure;
        }
        await sleep(RETRY_DELAY_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    } finally {
      released.abort();
    }
  }

  async *#stream(request: BrainRequest, abortSignal: AbortSignal): AsyncGenerator<BrainChunk> {
    const { settings } = request;
    const { fullStream } = streamText({
      model: this.#model(request),
      messages: modelMessages(request.messages),
      allowSystemInMessages: true,
      tools: modelTools(request.tools),
      temperature: settings.temperature ?? AGENT_DEFAULTS.temperature,
      maxOutputTokens: settings.maxTokens ?? AGENT_DEFAULTS.maxTokens,
      maxRetries: 0,
      abortSignal,
      // The error comes through the stream; without this the SDK prints it.
      onError: () => {},
    });
    for await (const part of fullStream) {
      if (part.type === 'text-delta') {
        if (part.text !== '') yield { type: 'text', text: part.text };
      } else if (part.type === 'tool-call') {
        yield { type: 'tool-call', id: part.toolCallId, name: part.toolName, arguments: part.input };
      } else if (part.type === 'finish') yield { type: 'finished', reason: finishReason(part.finishReason) };
      else if (part.type === 'error') throw part.error;
      else if (part.type === 'abort') throw abortSignal.reason;
    }
  }
}

export interface CompatibleBrainOptions {
  name: string;
  /** Base URL; `/chat/completions` is appended, unless it ends so already. */
  url: string;
  model?: string;
  key?: Secret;
  headers?: Record<string, string>;
  /** For a whole answer; 20 unless given. */
  timeoutSeconds?: number;
  /** Unset: `off`. */
  metadataSendMode?: MetadataSendMode;
  fetch?: typeof globalThis.fetch;
}

function contextBody(context: Record<string, unknown>, mode: MetadataSendMode): Record<string, unknown> {
  if (mode === 'off') return {};
  const { metadata, ...facts } = context;
  const isRecord = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata);
  if (mode === 'destructured') return { ...(isRecord ? metadata : {}), ...facts };
  return metadata === undefined ? facts : { ...facts, metadata };
}

/** A brain on any server that speaks OpenAI's chat completions. */
export function createCompatibleBrain(options: CompatibleBrainOptions): Brain {
  const { name, key, headers, fetch, metadataSendMode = 'off' } = options;
  return new AiSdkBrain(
    name,
    ({ settings, context }) =>
      createOpenAICompatible({
        name,
        baseURL: options.url.replace(/\/(?:chat\/completions\/?)?$/, ''),
        ...(key && { apiKey: key.reveal() }),
        ...(headers && { headers }),
        ...(fetch && { fetch }),
        // What the exchange asks for stands above equal names in a customer's metadata.
        transformRequestBody: (body) => ({ ...contextBody(context, metadataSendMode), ...body }),
      })(options.model ?? settings.model ?? UNNAMED_MODEL),
    options.timeoutSeconds,
  );
}

export interface OpenAiBrainOptions {
  key: Secret;
  timeoutSeconds?: number;
  fetch?: typeof globalThis.fetch;
  /** Other than OpenAI's own, for tests and proxies. */
  url?: string;
}

/** A brain on OpenAI's own API (chat completions). */
export function createOpenAiBrain({ key, timeoutSeconds, fetch, url }: OpenAiBrainOptions): Brain {
  const openai = createOpenAI({
    apiKey: key.reveal(),
    ...(fetch && { fetch }),
    ...(url && { baseURL: url }),
  });
  return new AiSdkBrain(
    'openai',
    ({ settings }) => openai.chat(settings.model ?? OPENAI_DEFAULT_MODEL),
    timeoutSeconds,
  );
}
