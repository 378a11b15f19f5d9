import type { VapiContext } from '../context.ts';

/** The hosted service's own host, so that numbers can move here with the URI that others already dial. */
const VENDOR_HOST = 'sip.vapi.ai';

/**
 * Why a SIP URI cannot be a number of this exchange, as the end of a sentence; undefined when it can.
 * The URI is kept as it is: calls are matched by its user part.
 */
export function sipUriProblem(uri: string, context: Pick<VapiContext, 'sipDomain'>): string | undefined {
  const domain = context.sipDomain();
  const parts = /^sips?:([^@;?:\s]{1,128})@(\[[0-9a-f:.]+\]|[^;?:\s]+)(:\d{1,5})?$/i.exec(uri);
  const host = parts?.[2]?.toLowerCase();
  if (host === domain.toLowerCase() || host === VENDOR_HOST) return undefined;
  return `must be of the form sip:user@${domain}`;
}
