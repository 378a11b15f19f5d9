import type { OAuth2Plan } from '../../domain/credentials/authentication-plan.ts';
import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { Secret } from '../../lib/secret.ts';
import { startDeadline } from './deadline.ts';
import { failureCause } from './failure-cause.ts';
import { replyText } from './reply-text.ts';

/** A token server has so long to answer: less than any caller would wait for what comes after. */
const TOKEN_TIMEOUT_MS = 5_000;
const MAX_REPLY_BYTES = 64 * 1024;
/** Life of a token whose server says nothing of it (RFC 6749 section 5.1 leaves it open): short enough to be wrong for few. */
const DEFAULT_LIFE_SECONDS = 300;
/** A token is renewed so long before its end that a request with it still arrives in time. */
const RENEWAL_MARGIN_MS = 60_000;
/** Of a token that lives shorter than two margins, this share of its life is used. */
const USABLE_SHARE = 0.5;
/** Tokens kept at once; the one asked for first makes room. */
const MAX_TOKENS = 1_000;
const MAX_TOKEN_LENGTH = 10_000;
/** RFC 6750 section 2.1; whatever else a server gives must not get into a header. */
const TOKEN = /^[\x21-\x7e]+$/;

/** Where a token belongs: a credential as it was when it was read. */
export interface TokenOwner {
  id: string;
  updatedAt: number;
}

/** Access tokens by client credentials (RFC 6749 section 4.4), kept until shortly before they expire. */
export interface AccessTokens {
  /** @throws {Error} that says why there is no token. */
  get(owner: TokenOwner, plan: OAuth2Plan): Promise<Secret>;
  /** A server refused `token`: the next `get` fetches another, unless that was already done. */
  refused(owner: TokenOwner, token: Secret): void;
}

interface KeptToken {
  version: number;
  token: Promise<Secret>;
  /** Unset while the token is being fetched. */
  settled?: { token: Secret; usableUntil: number };
}

export function createAccessTokens(options: {
  /** The guarded way out. */
  fetch: typeof globalThis.fetch;
  clock: Clock;
  logger: Logger;
}): AccessTokens {
  const { clock, logger } = options;
  const kept = new BoundedMap<string, KeptToken>(MAX_TOKENS);

  const renew = (owner: TokenOwner, plan: OAuth2Plan): Promise<Secret> => {
    const entry: KeptToken = { version: owner.updatedAt, token: Promise.resolve(new Secret('')) };
    entry.token = requestToken(plan, options).then(
      ({ token, lifeMs }) => {
        const usableMs = Math.max(lifeMs - RENEWAL_MARGIN_MS, lifeMs * USABLE_SHARE);
        entry.settled = { token, usableUntil: clock.now() + usableMs };
        return token;
      },
      (error: unknown) => {
        if (kept.get(owner.id) === entry) kept.delete(owner.id);
        const reason = failureCause(error);
        logger.warn({ credentialId: owner.id, reason }, 'no access token could be fetched');
        throw new Error(`no access token for credential ${owner.id}: ${reason}`, { cause: error });
      },
    );
    kept.set(owner.id, entry);
    return entry.token;
  };

  return {
    get(owner, plan) {
      const entry = kept.get(owner.id);
      const usable =
        entry?.version === owner.updatedAt && (!entry.settled || clock.now() < entry.settled.usableUntil);
      return usable ? entry.token : renew(owner, plan);
    },
    refused(owner, token) {
      if (kept.get(owner.id)?.settled?.token.reveal() === token.reveal()) kept.delete(owner.id);
    },
  };
}

interface FetchedToken {
  token: Secret;
  lifeMs: number;
}

/** The client's password goes into the body, as most do it; a server that wants it as Basic says `invalid_client`. */
async function requestToken(
  plan: OAuth2Plan,
  { fetch, clock }: { fetch: typeof globalThis.fetch; clock: Clock },
): Promise<FetchedToken> {
  const deadline = startDeadline(clock, TOKEN_TIMEOUT_MS);
  const secret = plan.clientSecret.reveal();
  const grant = { grant_type: 'client_credentials', ...(plan.scope && { scope: plan.scope }) };
  const ask = async (form: Record<string, string>, headers: Record<string, string>) => {
    const response = await fetch(plan.url, {
      method: 'POST',
      body: new URLSearchParams(form).toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
        ...headers,
      },
      signal: deadline.signal,
    });
    return { status: response.status, fields: fieldsOf(await replyText(response, MAX_REPLY_BYTES)) };
  };
  try {
    let reply = await ask({ ...grant, client_id: plan.clientId, client_secret: secret }, {});
    if (reply.status === 401 || reply.fields.error === 'invalid_client') {
      const pair = [plan.clientId, secret].map(formEncoded).join(':');
      reply = await ask(grant, { authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
    }
    return tokenOf(reply.status, reply.fields);
  } finally {
    deadline.clear();
  }
}

/** RFC 6749 section 2.3.1: both halves are form-encoded before they become Basic. */
function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

/** The reply's members; none where it is no JSON object. */
function fieldsOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // An answer that is no JSON has no token; the status that is reported with it says more.
    return {};
  }
}

function tokenOf(status: number, fields: Record<string, unknown>): FetchedToken {
  const { access_token: text, expires_in: expiresIn, error } = fields;
  if (status < 200 || status > 299) {
    // Only what RFC 6749 section 5.2 names is repeated: the rest could hold what we sent.
    const named = typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? ` (${error})` : '';
    throw new Error(`the token server answered ${status}${named}`);
  }
  if (typeof text !== 'string' || text.length > MAX_TOKEN_LENGTH || !TOKEN.test(text))
    throw new Error('the token server gave no usable access_token');
  const seconds = Number(expiresIn);
  const life = Number.isFinite(seconds) && seconds > 0 ? seconds : DEFAULT_LIFE_SECONDS;
  return { token: new Secret(text), lifeMs: life * 1000 };
}
