import { randomBytes } from 'node:crypto';
import { quote } from '../message/value-reader.ts';
import {
  algorithmOf,
  DIGEST_ALGORITHMS,
  type DigestAlgorithm,
  digestResponse,
  parseDigestFields,
} from './digest.ts';

export interface DigestCredentials {
  username: string;
  password: string;
}

interface Challenge {
  fields: Map<string, string>;
  algorithm: DigestAlgorithm;
}

/**
 * Answers the challenges of a 401 or 407 (RFC 3261 section 22.2): the best algorithm that we speak, qop=auth where it is
 * offered.
 * @param challenges values of WWW-Authenticate or Proxy-Authenticate.
 * @param uri the request URI as it stands in the request that will be sent.
 * @param count how often this nonce was used, this time included.
 * @returns the value of Authorization or Proxy-Authorization; undefined when there is nothing that we can answer.
 */
export function answerChallenge(
  challenges: readonly string[],
  { username, password }: DigestCredentials,
  { method, uri, count = 1 }: { method: string; uri: string; count?: number },
): string | undefined {
  const challenge = bestOf(challenges);
  const realm = challenge?.fields.get('realm');
  const nonce = challenge?.fields.get('nonce');
  if (!challenge || realm === undefined || nonce === undefined) return undefined;
  const { fields, algorithm } = challenge;
  const offersAuth = (fields.get('qop') ?? '')
    .split(',')
    .some((item) => item.trim().toLowerCase() === 'auth');
  const qop = offersAuth
    ? { nc: count.toString(16).padStart(8, '0'), cnonce: randomBytes(8).toString('hex') }
    : undefined;
  const response = digestResponse({
    algorithm,
    username,
    realm,
    password,
    method,
    uri,
    nonce,
    ...(qop && { qop }),
  });
  const opaque = fields.get('opaque');
  return [
    `Digest username=${quote(username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `response="${response}"`,
    `algorithm=${algorithm}`,
    ...(qop ? ['qop=auth', `nc=${qop.nc}`, `cnonce="${qop.cnonce}"`] : []),
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
  ].join(', ');
}

function bestOf(values: readonly string[]): Challenge | undefined {
  const known: Challenge[] = [];
  for (const value of values) {
    const fields = parseDigestFields(value);
    const algorithm = fields && algorithmOf(fields);
    if (fields && algorithm) known.push({ fields, algorithm });
  }
  known.sort((a, b) => DIGEST_ALGORITHMS.indexOf(a.algorithm) - DIGEST_ALGORITHMS.indexOf(b.algorithm));
  return known[0];
}
