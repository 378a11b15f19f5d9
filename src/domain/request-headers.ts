/** RFC 9110 section 5.6.2. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What could end a header line early, or is not sent as it was written (RFC 9110 section 5.5). */
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]|[^\0-\xff]/;
/** Headers that frame the request or belong to the connection (RFC 9110 sections 7.2, 7.6.1, 8.6): the exchange's own. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** @returns why a customer's header cannot be sent; undefined when it can. The value is never repeated. */
export function headerRefusal(name: string, value: string): string | undefined {
  if (!NAME.test(name)) return 'a header name has characters that are not allowed';
  if (OWN_HEADERS.has(name.toLowerCase())) return `the header ${name} is set by the exchange itself`;
  if (CONTROL.test(value)) return `the header ${name} has characters that are not allowed`;
  return undefined;
}
