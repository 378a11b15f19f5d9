import type { HeaderLine } from '../message/message.ts';
import { SDP_CONTENT_TYPE } from './sdp-body.ts';

/** Methods that we serve. */
export const ALLOWED_METHODS = [
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'OPTIONS',
  'INFO',
  'REFER',
  'NOTIFY',
  'UPDATE',
  'PRACK',
] as const;
/** Methods that we know of and do not serve: 405, others get 501 (RFC 3261 section 8.2.1). */
export const KNOWN_METHODS: ReadonlySet<string> = new Set([
  ...ALLOWED_METHODS,
  'MESSAGE',
  'PUBLISH',
  'REGISTER',
  'SUBSCRIBE',
]);

export const allowHeader: HeaderLine = { name: 'Allow', value: ALLOWED_METHODS.join(', ') };
export const acceptHeader: HeaderLine = { name: 'Accept', value: SDP_CONTENT_TYPE };

/** What the settings make of us. */
export interface Capabilities {
  /** Option tags that a request may require of us (RFC 3261 section 8.2.2.3). */
  supportedOptions: ReadonlySet<string>;
  supportedHeader: HeaderLine;
  /** What an OPTIONS tells of us (RFC 3261 section 11.2). */
  headers: readonly HeaderLine[];
}

/** What the settings allow: session timers (RFC 4028), reliable provisional responses (RFC 3262). */
export function capabilitiesOf(settings: { hasTimer: boolean; hasReliable: boolean }): Capabilities {
  const supportedOptions = new Set(['replaces', 'norefersub']);
  if (settings.hasTimer) supportedOptions.add('timer');
  if (settings.hasReliable) supportedOptions.add('100rel');
  const supportedHeader = { name: 'Supported', value: [...supportedOptions].join(', ') };
  const encoding = { name: 'Accept-Encoding', value: 'identity' };
  return {
    supportedOptions,
    supportedHeader,
    headers: [allowHeader, acceptHeader, encoding, supportedHeader],
  };
}

/** Seconds after which one that was turned away may try again: longer than a burst, short enough for a patient caller. */
export const RETRY_AFTER_SECONDS = 5;

export function retryAfter(seconds = RETRY_AFTER_SECONDS): HeaderLine {
  return { name: 'Retry-After', value: String(seconds) };
}
