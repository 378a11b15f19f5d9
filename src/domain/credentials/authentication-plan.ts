import type { Secret } from '../../lib/secret.ts';

/** A token that never changes, in a header. */
export interface BearerPlan {
  type: 'bearer';
  token: Secret;
  /** Unset: `Authorization`. */
  headerName?: string;
  /** Whether `Bearer ` stands before the token; unset: yes. */
  bearerPrefixEnabled?: boolean;
}

/** Client credentials (RFC 6749 section 4.4). */
export interface OAuth2Plan {
  type: 'oauth2';
  /** Where tokens are asked for. */
  url: string;
  clientId: string;
  clientSecret: Secret;
  scope?: string;
}

/** A signature over the request. */
export interface HmacPlan {
  type: 'hmac';
  secretKey: Secret;
  algorithm: 'sha256' | 'sha512' | 'sha1';
  /** Unset: `x-signature`. */
  signatureHeader?: string;
  /** Unset: `x-timestamp`. */
  timestampHeader?: string;
  /** Stands before the signature, such as `sha256=`. */
  signaturePrefix?: string;
  /** Whether the time is sent and signed; unset: yes. */
  includeTimestamp?: boolean;
  /** What is signed: `{body}`, `{timestamp}`, `{method}`, `{url}` and `{svix-id}` are filled in. */
  payloadFormat?: string;
  /** Header that carries the message's id; unset: it is not sent. */
  messageIdHeader?: string;
  /** Unset: `hex`. */
  signatureEncoding?: 'hex' | 'base64';
  /** The key's bytes are written in base64; unset: the text is the key. */
  secretIsBase64?: boolean;
}

/** How a customer's server knows that a request is ours. */
export type AuthenticationPlan = BearerPlan | OAuth2Plan | HmacPlan;

/** How parts of a request's body are made unreadable for all but the customer. */
export interface EncryptionPlan {
  type: 'public-key';
  algorithm: 'RSA-OAEP-256';
  publicKey: {
    name?: string;
    format: 'spki-pem';
    pem: string;
  };
}
