import { createHmac } from 'node:crypto';
import type {
  AuthenticationPlan,
  BearerPlan,
  HmacPlan,
} from '../../domain/credentials/authentication-plan.ts';
import type { Secret } from '../../lib/secret.ts';

/** The vendor's defaults of a bearer and of an HMAC plan. */
const TOKEN_HEADER = 'Authorization';
const SIGNATURE_HEADER = 'x-signature';
const TIMESTAMP_HEADER = 'x-timestamp';
const TIMED_PAYLOAD = '{timestamp}.{body}';
const UNTIMED_PAYLOAD = '{body}';
/** Svix and Standard Webhooks write this before a key, as a mark of what it is. */
const KEY_MARK = /^whsec_/;
const PLACEHOLDER = /\{(body|timestamp|method|url|svix-id)\}/g;

/** What is signed of a request. */
export interface SignedRequest {
  method: string;
  url: string;
  /** Exactly as it is sent. */
  body: string;
  /** The message's id, the same at each attempt. */
  id: string;
  nowMs: number;
}

/** The headers that an authentication plan adds. @param token of an OAuth 2 plan, fetched before. */
export function credentialHeaders(
  plan: AuthenticationPlan,
  request: SignedRequest,
  token?: Secret,
): Record<string, string> {
  switch (plan.type) {
    case 'bearer':
      return bearerHeaders(plan);
    case 'oauth2':
      return token ? { [TOKEN_HEADER]: `Bearer ${token.reveal()}` } : {};
    case 'hmac':
      return hmacHeaders(plan, request);
  }
}

function bearerHeaders({
  token,
  headerName,
  bearerPrefixEnabled = true,
}: BearerPlan): Record<string, string> {
  return { [headerName ?? TOKEN_HEADER]: `${bearerPrefixEnabled ? 'Bearer ' : ''}${token.reveal()}` };
}

/** The time is in whole seconds, as Svix and Standard Webhooks have it. */
function hmacHeaders(plan: HmacPlan, request: SignedRequest): Record<string, string> {
  const { includeTimestamp = true } = plan;
  const timestamp = includeTimestamp ? String(Math.floor(request.nowMs / 1000)) : '';
  const values: Record<string, string> = {
    body: request.body,
    timestamp,
    method: request.method,
    url: request.url,
    'svix-id': request.id,
  };
  const format = plan.payloadFormat ?? (includeTimestamp ? TIMED_PAYLOAD : UNTIMED_PAYLOAD);
  // One pass: a body that itself holds such a word is not filled in a second time.
  const payload = format.replace(PLACEHOLDER, (_, name: string) => values[name] ?? '');
  const signature = createHmac(plan.algorithm, keyOf(plan))
    .update(payload)
    .digest(plan.signatureEncoding ?? 'hex');
  return {
    ...(includeTimestamp && { [plan.timestampHeader ?? TIMESTAMP_HEADER]: timestamp }),
    ...(plan.messageIdHeader && { [plan.messageIdHeader]: request.id }),
    [plan.signatureHeader ?? SIGNATURE_HEADER]: `${plan.signaturePrefix ?? ''}${signature}`,
  };
}

function keyOf({ secretKey, secretIsBase64 }: HmacPlan): Buffer {
  const text = secretKey.reveal();
  return secretIsBase64 ? Buffer.from(text.replace(KEY_MARK, ''), 'base64') : Buffer.from(text);
}
