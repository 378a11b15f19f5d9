import { isObject } from './reply-json.ts';

/** Characters of a reply that the record of a call keeps. */
const MAX_KEPT_LENGTH = 16_384;
const HIDDEN = '[hidden]';

/** Names of keys and headers whose text is a secret, wherever they stand. */
const SECRET_KEY = /secret|token|passw|api[-_]?key|authorization/i;

/** A reply as the record of the call keeps it: without secrets, and not longer than a page. */
export function keptReply(value: unknown): unknown {
  const shown = withoutSecrets(value);
  const text = JSON.stringify(shown) ?? '';
  return text.length <= MAX_KEPT_LENGTH ? shown : `${text.slice(0, MAX_KEPT_LENGTH)}...`;
}

/** Recursion is bounded by the cap on a reply's depth. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      if (typeof member === 'string' && SECRET_KEY.test(key)) return [key, HIDDEN];
      return [key, key === 'credentials' ? namesOf(member) : withoutSecrets(member)];
    }),
  );
}

/** Any field of a credential may be its secret. */
function namesOf(credentials: unknown): unknown {
  if (!Array.isArray(credentials)) return HIDDEN;
  return credentials.map((credential) =>
    isObject(credential) ? { provider: credential.provider, name: credential.name } : HIDDEN,
  );
}
