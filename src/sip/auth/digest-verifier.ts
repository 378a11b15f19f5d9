import type { Clock } from '../../lib/clock.ts';
import { headerAll } from '../message/headers.ts';
import type { SipRequest } from '../message/message.ts';
import { quote } from '../message/value-reader.ts';
import {
  algorithmOf,
  type DigestAlgorithm,
  digestResponse,
  isSameText,
  parseDigestFields,
} from './digest.ts';
import { NonceOffice } from './nonce.ts';

/** Credentials that a request must prove. */
export interface DigestAccount {
  realm: string;
  username: string;
  password: string;
}

/** `missing`: no credentials for this realm. `stale`: right but for an old or used nonce: challenge again. */
export type DigestVerdict = 'ok' | 'missing' | 'wrong' | 'stale';

/**
 * MD5 stands first, although RFC 8760 section 2.3 asks for the better one there: many callers (Asterisk 18, FreeSWITCH
 * 1.10, PJSIP up to 2.10, sipp 3.6) read the first challenge alone and give up on a SHA-256 that they do not know. Those
 * that pick the best they know find it below.
 */
const CHALLENGE_ORDER: readonly DigestAlgorithm[] = ['MD5', 'SHA-256'];

export interface ChallengeOptions {
  /** The credentials were right but for an old or used nonce. */
  stale?: boolean | undefined;
  /** Unset: all that we speak. */
  algorithms?: readonly DigestAlgorithm[] | undefined;
}

const NONCE_COUNT = /^[0-9a-f]{8}$/i;

/** The server's side of SIP digest authentication (RFC 3261 section 22.4, RFC 8760): qop=auth, SHA-256 and MD5. */
export class DigestVerifier {
  readonly #nonces: NonceOffice;

  /** @param key signs the nonces; nodes that share it accept each other's. Unset: a random one. */
  constructor(clock: Clock, key?: Buffer) {
    this.#nonces = new NonceOffice(clock, key);
  }

  /** Values for WWW-Authenticate or Proxy-Authenticate, one per algorithm, the one that every caller knows first. */
  challenge(realm: string, { stale = false, algorithms = CHALLENGE_ORDER }: ChallengeOptions = {}): string[] {
    const nonce = this.#nonces.issue();
    const end = stale ? ', stale=true' : '';
    return algorithms.map(
      (algorithm) =>
        `Digest realm=${quote(realm)}, nonce="${nonce}", algorithm=${algorithm}, qop="auth"${end}`,
    );
  }

  /** Checks the request's Authorization against the account, in the same time whatever is wrong with it. */
  verify(request: SipRequest, account: DigestAccount): DigestVerdict {
    const fields = headerAll(request, 'Authorization')
      .map(parseDigestFields)
      .find((candidate) => candidate?.get('realm') === account.realm);
    if (!fields) return 'missing';
    const algorithm = algorithmOf(fields);
    const nonce = fields.get('nonce') ?? '';
    const nc = fields.get('nc') ?? '';
    if (!algorithm || fields.get('qop') !== 'auth' || !NONCE_COUNT.test(nc)) return 'wrong';
    const expected = digestResponse({
      algorithm,
      username: account.username,
      realm: account.realm,
      password: account.password,
      method: request.method,
      uri: fields.get('uri') ?? '',
      nonce,
      qop: { nc, cnonce: fields.get('cnonce') ?? '' },
    });
    const isRight =
      isSameText(fields.get('response')?.toLowerCase() ?? '', expected) &&
      isSameText(fields.get('username') ?? '', account.username) &&
      isForThis(request, fields.get('uri'));
    const verdict = this.#nonces.check(nonce);
    if (!isRight || verdict === 'forged') return 'wrong';
    if (verdict === 'stale') return 'stale';
    return this.#nonces.use(nonce, Number.parseInt(nc, 16)) ? 'ok' : 'stale';
  }
}

/** The credentials' URI must name what the request asks for (RFC 7616 section 3.4.6); proxies may have rewritten the host. */
function isForThis(request: SipRequest, uri: string | undefined): boolean {
  if (uri === undefined) return false;
  const userOf = (text: string) => text.slice(0, Math.max(0, text.indexOf('@'))).toLowerCase();
  return uri === request.rawUri || userOf(uri) === userOf(request.rawUri);
}
