import type { Credential, CredentialProvider } from '../../../domain/credentials/credential.ts';
import { type VendorProvider, vendorSecrets } from '../../../domain/credentials/vendor-provider.ts';
import type { Secret } from '../../../lib/secret.ts';

interface ConnectionKind {
  provider: Exclude<CredentialProvider, 'byo-sip-trunk' | 'webhook' | 'custom-credential' | 'vonage'>;
  /** Where each key of `credentials` stands in the credential. */
  fields: Readonly<Record<string, string>>;
}

const vendor = (provider: VendorProvider, ...keys: string[]): ConnectionKind => {
  const { key } = vendorSecrets(provider);
  return { provider, fields: Object.fromEntries(['api_key', ...keys].map((name) => [name, key])) };
};

/**
 * Account connections by the vendor's type. Of all but the first two no document tells the keys: the common name of
 * the key and the one with the vendor's name before it are taken, in the way of the two that are known.
 */
const KINDS = {
  account_connection_twilio: {
    provider: 'twilio',
    fields: { twilio_account_sid: 'accountSid', twilio_auth_token: 'authToken' },
  },
  account_connection_openai: vendor('openai', 'openai_api_key'),
  account_connection_google: vendor('google', 'google_api_key'),
  account_connection_azure_llm: vendor('azure-openai', 'azure_llm_api_key', 'azure_openai_api_key'),
  account_connection_elevenlabs: vendor('11labs', 'elevenlabs_api_key', 'eleven_labs_api_key'),
  account_connection_deepgram: vendor('deepgram', 'deepgram_api_key'),
  account_connection_cartesia: vendor('cartesia', 'cartesia_api_key'),
  account_connection_playht: vendor('playht', 'playht_api_key', 'play_ht_api_key'),
  account_connection_rime: vendor('rime-ai', 'rime_api_key'),
  account_connection_azure_speech: vendor('azure', 'azure_speech_api_key', 'azure_speech_key'),
  account_connection_assemblyai: vendor('assembly-ai', 'assemblyai_api_key'),
  account_connection_deepseek: vendor('deep-seek', 'deepseek_api_key'),
  account_connection_telnyx: {
    provider: 'telnyx',
    fields: { api_key: 'apiKey', telnyx_api_key: 'apiKey' },
  },
  account_connection_togetherai: vendor('together-ai', 'togetherai_api_key', 'together_api_key'),
} as const satisfies Record<string, ConnectionKind>;

export type ConnectionType = keyof typeof KINDS;
export const CONNECTION_TYPES = Object.keys(KINDS) as ConnectionType[];

/** Accounts of services that no call of this exchange reaches. */
export const UNSUPPORTED_TYPES = [
  'account_connection_un_pw_oauth',
  'account_connection_login_key_oauth',
  'account_connection_external_api_key',
] as const;

export function kindOf(type: ConnectionType): ConnectionKind {
  return KINDS[type];
}

/** The vendor's type of a credential; undefined for one that this API has no name for. */
export function typeOf({ provider }: Credential): ConnectionType | undefined {
  return CONNECTION_TYPES.find((type) => KINDS[type].provider === provider);
}

/** The names under which a kind's keys are shown: of several names for one field the last and fullest. */
export function shownKeys(type: ConnectionType): [key: string, field: string][] {
  const byField = new Map<string, string>();
  for (const [key, field] of Object.entries(kindOf(type).fields)) {
    if (!byField.has(field) || byField.get(field) === 'api_key') byField.set(field, key);
  }
  return [...byField].map(([field, key]) => [key, field]);
}

/** What stands in a field of a credential. */
export function fieldOf(credential: Credential, field: string): string | Secret | undefined {
  const held = 'secrets' in credential ? credential.secrets : credential;
  return (held as unknown as Record<string, string | Secret | undefined>)[field];
}
