import { isIPv4 } from 'node:net';
import * as z from 'zod';

/** Longest URL taken, in characters: what browsers and proxies handle without surprises. */
const MAX_URL_LENGTH = 2048;
const MAX_HEADERS = 64;
const MAX_HEADER_LENGTH = 4096;
/** Longest SIP URI taken, in characters; with it every request still fits a UDP packet. */
const MAX_SIP_URI_LENGTH = 300;
/** RFC 1035 section 2.3.4. */
export const MAX_HOST_LENGTH = 253;
const HOST_NAME = /^(?!-)[a-z0-9-]{1,63}(\.(?!-)[a-z0-9-]{1,63})*\.[a-z][a-z0-9-]{0,62}$/i;

/** RFC 9110 section 5.6.2; SIP's token (RFC 3261 section 25.1) allows the same characters. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
/** Anything that could end a header line or a quoted string of the wire early. */
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;
const HTTP = /^https?:\/\//i;
const HTTP_OR_SOCKET = /^(https?|wss?):\/\//i;

export const uuid = () => z.guid();

const url = (scheme: RegExp) =>
  z
    .string()
    .max(MAX_URL_LENGTH)
    .refine((text) => scheme.test(text) && URL.canParse(text) && !CONTROL.test(text), {
      message: 'must be a URL address',
    });

/** An absolute URL of a customer's server; which addresses it may lead to is decided when it is called. */
export const serverUrl = () => url(HTTP);

/** The same where a WebSocket may stand too. */
export const socketUrl = () => url(HTTP_OR_SOCKET);

/** Text that is later written into a header or a URI. */
export const headerText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((text) => !CONTROL.test(text), { message: 'must not contain control characters' });

export const sipUri = () =>
  headerText(MAX_SIP_URI_LENGTH).refine((text) => /^sips?:[^\s<>"]+$/i.test(text), {
    message: 'must be a SIP URI, such as sip:user@host',
  });

/** Where a trunk's gateway is. */
export const hostName = () =>
  z
    .string()
    .max(MAX_HOST_LENGTH)
    .refine((text) => isIPv4(text) || HOST_NAME.test(text), {
      message: 'must be an IPv4 address or a host name',
    });

export const headerMap = () =>
  z
    .record(z.string(), headerText(MAX_HEADER_LENGTH))
    .refine((headers) => Object.keys(headers).every((name) => HEADER_NAME.test(name)), {
      message: 'must have valid header names',
    })
    .refine((headers) => Object.keys(headers).length <= MAX_HEADERS, {
      message: `must have no more than ${MAX_HEADERS} headers`,
    });

/** Drops the keys that hold null or nothing: for the vendor both mean unset. */
export function compact<T extends object>(value: T): Compact<T> {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
  return Object.fromEntries(entries) as Compact<T>;
}

type Unsettable<V> = null extends V ? true : undefined extends V ? true : false;

export type Compact<T> = {
  [K in keyof T as Unsettable<T[K]> extends true ? never : K]: T[K];
} & {
  [K in keyof T as Unsettable<T[K]> extends true ? K : never]?: Exclude<T[K], null | undefined>;
};

/** Sets a key, or removes it where the value is null or nothing. */
export function assign<T extends object, K extends keyof T>(
  target: T,
  key: K,
  value: T[K] | null | undefined,
): void {
  if (value === null || value === undefined) delete target[key];
  else target[key] = value;
}
