import { parseDigestFields } from '../auth/digest.ts';
import { answerChallenge, type DigestCredentials } from '../auth/digest-client.ts';
import { headerAll } from '../message/headers.ts';
import type { HeaderLine, SipRequest, SipResponse } from '../message/message.ts';

export interface Credentials extends DigestCredentials {
  /** The only realm that they are for. Unset: the first that challenges the request. */
  realm?: string;
}

/** What of an INVITE's credentials may be used inside its dialog. */
export interface ProvenCredentials {
  credentials: Credentials;
  /** Realms that the INVITE itself was challenged for. */
  realms: ReadonlySet<string>;
}

/**
 * Whoever did not ask who we are when we called has no claim to hear it later: a challenge of our BYE by a peer who knows the
 * trunk's realm would make us hand him the trunk's digest.
 * @param authorization the lines that the INVITE bore in the end
 */
export function provenCredentials(
  credentials: Credentials | undefined,
  authorization: readonly HeaderLine[],
): ProvenCredentials | undefined {
  const realms = authorization.map(({ value }) => realmOf(value));
  const known = new Set(realms.filter((realm) => realm !== undefined));
  return credentials && known.size > 0 ? { credentials, realms: known } : undefined;
}

const HEADER_OF_CHALLENGE = {
  'WWW-Authenticate': 'Authorization',
  'Proxy-Authenticate': 'Proxy-Authorization',
} as const;

/**
 * The header lines with which a challenged request is sent again: those for proxies and for the server that asked, and those
 * that it bore already (RFC 3261 section 22.3). An account is one realm's (section 22.1): where it does not say which, it is
 * the first one's that asks, so that nobody further on the way gets a digest of its password by naming another.
 * @param realms the only ones that are answered. Unset: any that the credentials are for.
 * @returns undefined for a response that is no challenge, that we cannot answer, or that refuses what we answered already.
 */
export function authorizationFor(
  request: SipRequest,
  response: SipResponse,
  credentials: Credentials,
  realms?: ReadonlySet<string>,
): HeaderLine[] | undefined {
  if (response.status !== 401 && response.status !== 407) return undefined;
  const lines = authorizationOf(request);
  const [first] = lines.values();
  let own = credentials.realm ?? (first && realmOf(first.value));
  let hasAnswered = false;
  for (const [challengeName, name] of Object.entries(HEADER_OF_CHALLENGE)) {
    for (const [realm, challenges] of byRealm(headerAll(response, challengeName))) {
      if (own !== undefined && own !== realm) continue;
      if (realms && !realms.has(realm)) continue;
      const key = keyOf(name, realm);
      if (lines.has(key) && !challenges.some(isStale)) return undefined;
      const { method, rawUri: uri } = request;
      const value = answerChallenge(challenges, credentials, { method, uri });
      if (value === undefined) continue;
      lines.set(key, { name, value });
      own = realm;
      hasAnswered = true;
    }
  }
  return hasAnswered ? [...lines.values()] : undefined;
}

/** The header lines of credentials that a request bears. */
function authorizationOf(request: SipRequest): Map<string, HeaderLine> {
  const lines = new Map<string, HeaderLine>();
  for (const name of Object.values(HEADER_OF_CHALLENGE)) {
    for (const value of headerAll(request, name)) lines.set(keyOf(name, realmOf(value)), { name, value });
  }
  return lines;
}

function realmOf(value: string): string | undefined {
  return parseDigestFields(value)?.get('realm');
}

/** One realm may offer several algorithms. */
function byRealm(challenges: readonly string[]): Map<string, string[]> {
  const realms = new Map<string, string[]>();
  for (const challenge of challenges) {
    const realm = realmOf(challenge);
    if (realm === undefined) continue;
    const known = realms.get(realm);
    if (known) known.push(challenge);
    else realms.set(realm, [challenge]);
  }
  return realms;
}

/** Our nonce was too old, our password was right (RFC 3261 section 22.1). */
function isStale(challenge: string): boolean {
  return parseDigestFields(challenge)?.get('stale')?.toLowerCase() === 'true';
}

function keyOf(name: string, realm: string | undefined): string {
  return `${name} ${realm ?? ''}`;
}
