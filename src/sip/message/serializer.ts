import { breaksLine, isToken } from './characters.ts';
import type { SipMessage } from './message.ts';

/**
 * Writes a message as it goes onto the wire, with the Content-Length that its body has; one among the headers is left out.
 * @throws {TypeError} where CR, LF, NUL or white space in the wrong place would make another message of it.
 */
export function serialize(message: SipMessage): Buffer {
  let head = message.kind === 'request' ? requestLine(message) : statusLine(message);
  for (const { name, value } of message.headers) {
    if (name.length === 14 && name.toLowerCase() === 'content-length') continue;
    if (!isToken(name)) throw new TypeError('malformed name of a SIP header');
    if (breaksLine(value)) throw new TypeError(`line break or NUL in the SIP header ${name}`);
    head += `${name}: ${value}\r\n`;
  }
  head += `Content-Length: ${message.body.length}\r\n\r\n`;
  if (message.body.length === 0) return Buffer.from(head, 'utf8');
  return Buffer.concat([Buffer.from(head, 'utf8'), message.body]);
}

function requestLine({ method, rawUri }: Extract<SipMessage, { kind: 'request' }>): string {
  const isUri = rawUri !== '' && !rawUri.includes(' ') && !rawUri.includes('\t') && !breaksLine(rawUri);
  if (!isToken(method) || !isUri) throw new TypeError('malformed SIP request line');
  return `${method} ${rawUri} SIP/2.0\r\n`;
}

function statusLine({ status, reason }: Extract<SipMessage, { kind: 'response' }>): string {
  const isStatus = Number.isInteger(status) && status >= 100 && status <= 699;
  if (!isStatus || breaksLine(reason)) throw new TypeError('malformed SIP status line');
  return `SIP/2.0 ${status} ${reason}\r\n`;
}
