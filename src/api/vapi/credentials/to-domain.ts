import type { AuthenticationPlan } from '../../../domain/credentials/authentication-plan.ts';
import type {
  Credential,
  TrunkAuthentication,
  TrunkGateway,
} from '../../../domain/credentials/credential.ts';
import { isVendorProvider, vendorSecrets } from '../../../domain/credentials/vendor-provider.ts';
import { Secret } from '../../../lib/secret.ts';
import { assign, compact } from '../fields.ts';
import { toAuthenticationPlan, toEncryptionPlan } from './plan-to-domain.ts';
import type {
  CreateCredentialBody,
  GatewayBody,
  TrunkAuthenticationBody,
  UpdateCredentialBody,
} from './schema.ts';

/** The vendor's defaults of a gateway; 5060 is SIP's own port (RFC 3261 section 19.1.2). */
const GATEWAY_DEFAULTS = {
  port: 5060,
  netmask: 32,
  inboundEnabled: true,
  outboundEnabled: true,
  outboundProtocol: 'udp',
  optionsPingEnabled: false,
} as const;

type Identity = { id: string; orgId: string; now: number };

export function toCredential(body: CreateCredentialBody, { id, orgId, now }: Identity): Credential {
  const base = { id, orgId, createdAt: now, updatedAt: now };
  switch (body.provider) {
    case 'byo-sip-trunk':
      return withChanges(
        { ...base, provider: body.provider, gateways: [], outboundLeadingPlusEnabled: false },
        body,
        now,
      );
    case 'twilio':
      return withChanges({ ...base, provider: body.provider, accountSid: body.accountSid }, body, now);
    case 'telnyx':
      return withChanges({ ...base, provider: body.provider, apiKey: new Secret(body.apiKey) }, body, now);
    case 'vonage': {
      const secrets = { apiKey: new Secret(body.apiKey), apiSecret: new Secret(body.apiSecret) };
      return withChanges({ ...base, provider: body.provider, ...secrets }, body, now);
    }
    case 'webhook':
    case 'custom-credential': {
      const authenticationPlan = toAuthenticationPlan(body.authenticationPlan);
      return withChanges({ ...base, provider: body.provider, authenticationPlan }, body, now);
    }
    default:
      return withChanges({ ...base, provider: body.provider, secrets: {}, settings: {} }, body, now);
  }
}

type Body = CreateCredentialBody | UpdateCredentialBody;
type KeyOf<T> = T extends unknown ? keyof T : never;
type ValueOf<T, K extends PropertyKey> = T extends unknown ? (K extends keyof T ? T[K] : never) : never;
type Key = Exclude<KeyOf<Body>, 'provider'>;
/** A draft of whichever kind: the schema of its provider has let only its own keys through. */
type Draft = Credential & Record<string, unknown>;
type Setter<K extends Key> = (draft: Draft, value: NonNullable<ValueOf<Body, K>> | undefined) => void;

const SETTERS: { [K in Key]: Setter<K> } = {
  name: (draft, value) => assign(draft, 'name', value),
  gateways: (draft, value) => assign<Draft, string>(draft, 'gateways', value?.map(toGateway)),
  outboundAuthenticationPlan: (draft, value) => {
    const current = draft.outboundAuthenticationPlan as TrunkAuthentication | undefined;
    assign<Draft, string>(
      draft,
      'outboundAuthenticationPlan',
      value && toTrunkAuthentication(value, current),
    );
  },
  outboundLeadingPlusEnabled: (draft, value) =>
    assign<Draft, string>(draft, 'outboundLeadingPlusEnabled', value ?? false),
  techPrefix: (draft, value) => assign<Draft, string>(draft, 'techPrefix', value),
  sipDiversionHeader: (draft, value) => assign<Draft, string>(draft, 'sipDiversionHeader', value),
  accountSid: (draft, value) => assign<Draft, string>(draft, 'accountSid', value),
  authToken: (draft, value) => assignSecret(draft, 'authToken', value),
  apiKey: (draft, value) => assignSecret(draft, 'apiKey', value),
  apiSecret: (draft, value) => assignSecret(draft, 'apiSecret', value),
  authenticationPlan: (draft, value) => {
    const current = draft.authenticationPlan as AuthenticationPlan | undefined;
    assign<Draft, string>(draft, 'authenticationPlan', value && toAuthenticationPlan(value, current));
  },
  encryptionPlan: (draft, value) =>
    assign<Draft, string>(draft, 'encryptionPlan', value && toEncryptionPlan(value)),
};

/** The credential after a change: keys that are given replace, null unsets, all others stay. */
export function withChanges(credential: Credential, body: Body, now: number): Credential {
  const draft = { ...credential, updatedAt: now } as Draft;
  for (const [key, value] of Object.entries(body)) {
    if (key === 'provider') continue;
    if (isVendorField(draft, key)) setVendorField(draft, key, value);
    else (SETTERS[key as Key] as (draft: Draft, value: unknown) => void)(draft, value ?? undefined);
  }
  return draft;
}

/** Fields of a vendor are known by name only; the two that every kind may have are not among them. */
function isVendorField(draft: Draft, key: string): boolean {
  return isVendorProvider(draft.provider) && key !== 'name' && key !== 'authenticationPlan';
}

function setVendorField(draft: Draft, field: string, value: unknown): void {
  if (!isVendorProvider(draft.provider)) return;
  const { key, further } = vendorSecrets(draft.provider);
  if (field === key || further?.includes(field)) {
    const secrets = { ...(draft.secrets as Record<string, Secret>) };
    assign(secrets, field, typeof value === 'string' ? new Secret(value) : undefined);
    draft.secrets = secrets;
  } else {
    const settings = { ...(draft.settings as Record<string, unknown>) };
    assign(settings, field, value);
    draft.settings = settings;
  }
}

function assignSecret(draft: Draft, key: string, value: string | undefined): void {
  assign<Draft, string>(draft, key, value === undefined ? undefined : new Secret(value));
}

function toGateway(body: GatewayBody): TrunkGateway {
  return { ...GATEWAY_DEFAULTS, ...compact(body) };
}

/** A plan for the same user without a password keeps the one it had: nobody can read it back to repeat it. */
function toTrunkAuthentication(
  body: TrunkAuthenticationBody,
  current?: TrunkAuthentication,
): TrunkAuthentication {
  const { authPassword, sipRegisterPlan, authUsername } = compact(body);
  const kept = current?.authUsername === authUsername ? current?.authPassword : undefined;
  const password = authPassword === undefined ? kept : new Secret(authPassword);
  return {
    ...compact({ authUsername, authPassword: password }),
    ...(sipRegisterPlan && { sipRegisterPlan: compact(sipRegisterPlan) }),
  };
}
