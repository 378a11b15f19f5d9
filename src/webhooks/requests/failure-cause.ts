/** What a person is told of the codes of Node and undici. */
const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the server refused the connection',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection was closed before an answer came',
  ENOTFOUND: 'the name of the server is not known',
  EAI_AGAIN: 'the name of the server could not be looked up',
  ENODATA: 'the name of the server has no address',
  EHOSTUNREACH: 'the server cannot be reached',
  ENETUNREACH: 'the server cannot be reached',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  UND_ERR_HEADERS_TIMEOUT: 'the server did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'the server stopped amid its answer',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too large',
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the server's certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "the server's certificate is self-signed",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the server's certificate cannot be verified",
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another name",
};

/**
 * Why a request failed, in words for the customer, with the code where there is one. `fetch` hides its reason in
 * `cause`, and several attempts to connect hide theirs in `errors`.
 */
export function failureCause(error: unknown): string {
  let last = '';
  for (let inner = error; inner instanceof Error; inner = innerOf(inner)) {
    const { code } = inner as { code?: unknown };
    if (inner.name === 'TimeoutError') return 'the server did not answer in time';
    const known = typeof code === 'string' ? CAUSES[code] : undefined;
    if (known) return `${known} (${code})`;
    if (inner.message !== '') last = inner.message;
  }
  return last || 'the request failed';
}

function innerOf(error: Error): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error.cause;
}
