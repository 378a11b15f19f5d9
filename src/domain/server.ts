import type { Secret } from '../lib/secret.ts';

/** Retries of one delivery, as the customer asked for them. */
export interface BackoffPlan {
  type: 'fixed' | 'exponential';
  maxRetries: number;
  baseDelaySeconds: number;
  excludedStatusCodes: number[];
}

/** The customer's HTTP server that receives the events of a number, an agent or a tool. */
export interface Server {
  url?: string;
  timeoutSeconds?: number;
  headers?: Record<string, string>;
  /** Sent as `x-vapi-secret`. */
  secret?: Secret;
  credentialId?: string;
  staticIpAddressesEnabled?: boolean;
  encryptedPaths?: string[];
  backoffPlan?: Partial<BackoffPlan>;
}
