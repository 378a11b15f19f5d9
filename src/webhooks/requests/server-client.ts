import {
  type Credential,
  isServerCredential,
  type ServerCredential,
} from '../../domain/credentials/credential.ts';
import type { CredentialRepository } from '../../domain/credentials/credential-repository.ts';
import { headerRefusal } from '../../domain/request-headers.ts';
import type { Server } from '../../domain/server.ts';
import type { ServerClient, ServerReply } from '../../flow/server-messages.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Secret } from '../../lib/secret.ts';
import type { GuardedPost } from '../egress/guarded-post.ts';
import type { DeliverySender } from '../outbox/delivery-sender.ts';
import { nextStep } from '../outbox/retry-schedule.ts';
import { credentialHeaders } from '../signing/credential-headers.ts';
import type { AccessTokens } from './access-tokens.ts';
import { bodyInQuery } from './body-in-query.ts';
import { orAborted, pause, startDeadline } from './deadline.ts';
import { encryptedBody } from './encrypted-body.ts';
import { failureCause } from './failure-cause.ts';

/** The vendor's default of `timeoutSeconds`. */
const DEFAULT_TIMEOUT_SECONDS = 20;
const USER_AGENT = 'offhook';
const UNAUTHORIZED = 401;

type Target = Server & { url: string };

/** Signs with the keys of an org. */
export interface RequestSigner {
  /** The headers of Standard Webhooks. @param body exactly as it is sent. */
  headers(orgId: string, id: string, body: string): Promise<Record<string, string>>;
}

export interface ServerClientOptions {
  /** The guarded way out. */
  post: (...args: Parameters<GuardedPost>) => Promise<ServerReply>;
  credentials: Pick<CredentialRepository, 'get'>;
  tokens: AccessTokens;
  signer: RequestSigner;
  clock: Clock;
  logger: Logger;
}

/** How customers' servers are spoken to. Each request is a POST of JSON, or a GET, with all that the server's settings ask for. */
export function createServerClient(options: ServerClientOptions): ServerClient {
  const { clock } = options;
  return {
    async post(server, body, { orgId, id, timeoutMs, signal, retry = false, method }) {
      const message = { orgId, id, method: method ?? ('POST' as const) };
      const deadline = startDeadline(clock, timeoutMs, signal);
      const endsAt = clock.monotonic() + timeoutMs;
      try {
        for (let retries = 0; ; retries += 1) {
          const outcome = await outcomeOf(attempt(server, body, message, deadline.signal, options));
          const delayMs = retry ? retryDelayMs(server, retries, outcome.reply) : undefined;
          const over = delayMs === undefined || clock.monotonic() + delayMs >= endsAt;
          if (over || deadline.signal.aborted) {
            if (outcome.reply) return outcome.reply;
            throw outcome.error;
          }
          await pause(clock, delayMs, deadline.signal);
        }
      } catch (error) {
        if (deadline.expired)
          throw new Error(`the server did not answer within ${timeoutMs / 1000} s`, { cause: error });
        throw new Error(isGivenUp(signal) ? 'the request was given up' : failureCause(error), {
          cause: error,
        });
      } finally {
        deadline.clear();
      }
    },
  };
}

/** Sends what the outbox delivers: one try, with the time that the server's settings give. */
export function createDeliverySender(client: ServerClient): DeliverySender {
  return {
    send: ({ server, method, body, orgId, id }, signal) =>
      client.post(server, body, {
        orgId,
        ...(method && { method }),
        id,
        timeoutMs: (server.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
        signal,
      }),
  };
}

/** The wait that the customer's own plan has before the next try; undefined when there shall be none. */
function retryDelayMs(server: Target, retries: number, reply: ServerReply | undefined): number | undefined {
  const result = reply ? { status: reply.status } : {};
  const step = nextStep(result, server, { failures: retries + 1, durable: false, random: 0 });
  return step.kind === 'retry' ? step.delayMs : undefined;
}

/** A signal that aborts because its time is over tells of the server, not of the caller. */
function isGivenUp(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && signal.reason?.name !== 'TimeoutError';
}

type Outcome = { reply: ServerReply; error?: never } | { reply?: never; error: unknown };

function outcomeOf(attempt: Promise<ServerReply>): Promise<Outcome> {
  return attempt.then(
    (reply) => ({ reply }),
    (error: unknown) => ({ error }),
  );
}

interface Message {
  orgId: string;
  id: string;
  method: 'GET' | 'POST';
}

/** What goes out: by GET the body stands in the query. */
function asSent(server: Target, body: string, { method }: Message): { server: Target; body: string } {
  if (method === 'POST') return { server, body };
  return { server: { ...server, url: bodyInQuery(server.url, body) }, body: '' };
}

/** One try; with an OAuth 2 token that the server refuses, a second request with a new one. */
function attempt(
  target: Target,
  json: string,
  message: Message,
  signal: AbortSignal,
  options: ServerClientOptions,
): Promise<ServerReply> {
  const run = async (): Promise<ServerReply> => {
    const { server, body } = asSent(target, json, message);
    const { credentialId } = server;
    const credential =
      credentialId === undefined ? undefined : await credentialOf(credentialId, message.orgId, options);
    const sent = bodyFor(server, body, credential, options.logger);
    const ask = async (token?: Secret): Promise<ServerReply> => {
      const headers = await headersFor(server, sent, { ...message, credential, token }, options);
      return options.post(server.url, { method: message.method, headers, body: sent, signal });
    };
    const plan = credential?.authenticationPlan;
    if (!credential || plan?.type !== 'oauth2' || hasOwnAuthorization(server)) return ask();
    const token = await options.tokens.get(credential, plan);
    const reply = await ask(token);
    if (reply.status !== UNAUTHORIZED) return reply;
    options.tokens.refused(credential, token);
    return ask(await options.tokens.get(credential, plan));
  };
  return orAborted(run(), signal);
}

async function credentialOf(
  credentialId: string,
  orgId: string,
  { credentials }: ServerClientOptions,
): Promise<ServerCredential> {
  const credential: Credential | undefined = await credentials.get(orgId, credentialId);
  if (!credential) throw new Error(`server.credentialId: there is no credential ${credentialId}`);
  if (!isServerCredential(credential))
    throw new Error(
      `server.credentialId: ${credentialId} is a ${credential.provider} credential; a server needs webhook or custom-credential`,
    );
  return credential;
}

function bodyFor(
  { encryptedPaths = [], url }: Target,
  body: string,
  credential: ServerCredential | undefined,
  logger: Logger,
): string {
  if (encryptedPaths.length === 0 || body === '') return body;
  if (credential?.encryptionPlan) return encryptedBody(body, encryptedPaths, credential.encryptionPlan);
  // As the vendor has it: paths are encrypted where both a credential and its plan are there.
  logger.warn(
    { url },
    'encryptedPaths without a credential that has an encryptionPlan: nothing is encrypted',
  );
  return body;
}

interface Sender extends Message {
  credential: ServerCredential | undefined;
  token: Secret | undefined;
}

/** The customer's own headers win over those of the credential, but not over the signature. */
async function headersFor(
  server: Target,
  body: string,
  { orgId, id, method, credential, token }: Sender,
  { clock, signer }: ServerClientOptions,
): Promise<Record<string, string>> {
  const headers: Record<string, string> = {
    ...(method === 'POST' && { 'content-type': 'application/json' }),
    accept: 'application/json',
    'user-agent': USER_AGENT,
  };
  const add = (more: Record<string, string>, source: string) => {
    for (const [name, value] of Object.entries(more)) {
      const refusal = headerRefusal(name, value);
      if (refusal !== undefined) throw new Error(`${source}: ${refusal}`);
      headers[name.toLowerCase()] = value;
    }
  };
  if (credential) {
    const request = { method, url: server.url, body, id, nowMs: clock.now() };
    add(credentialHeaders(credential.authenticationPlan, request, token), 'the credential');
  }
  if (server.secret) add({ 'x-vapi-secret': server.secret.reveal() }, 'server.secret');
  add(server.headers ?? {}, 'server.headers');
  add(await signer.headers(orgId, id, body), 'the signature');
  return headers;
}

function hasOwnAuthorization({ headers = {} }: Target): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
}
