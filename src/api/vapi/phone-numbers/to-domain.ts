import type {
  Carrier,
  EndingHook,
  HookAction,
  NumberHook,
  PhoneNumber,
} from '../../../domain/numbers/number.ts';
import { Secret } from '../../../lib/secret.ts';
import { toDestination } from '../destinations/to-domain.ts';
import { assign, compact } from '../fields.ts';
import type { Origin } from '../nesting.ts';
import { toServer } from '../servers/to-domain.ts';
import type { HookActionBody, HookBody } from './hook-schema.ts';
import type { CreateNumberBody, Provider, UpdateNumberBody } from './schema.ts';

const CARRIERS: Readonly<Record<Provider, Carrier>> = {
  vapi: 'sip',
  'byo-phone-number': 'trunk',
  twilio: 'twilio',
  telnyx: 'telnyx',
  vonage: 'vonage',
};

type Body = CreateNumberBody | UpdateNumberBody;
type KeyOf<T> = T extends unknown ? keyof T : never;
type Key = Exclude<KeyOf<Body>, 'provider'>;
type ValueOf<T, K extends PropertyKey> = T extends unknown ? (K extends keyof T ? T[K] : never) : never;
type Setter<K extends Key> = (draft: PhoneNumber, value: NonNullable<ValueOf<Body, K>> | undefined) => void;

/** What each key of the vendor's bodies does to a number; undefined unsets. */
const SETTERS: { [K in Key]: Setter<K> } = {
  name: (draft, value) => assign(draft, 'name', value),
  assistantId: (draft, value) => assign(draft.binding, 'agentId', value),
  squadId: (draft, value) => assign(draft.binding, 'squadId', value),
  workflowId: (draft, value) => assign(draft.binding, 'workflowId', value),
  server: (draft, value) => assign(draft, 'server', value && toServer(value, draft.server)),
  fallbackDestination: (draft, value) =>
    assign(draft, 'fallbackDestination', value && toDestination(value, originOf(draft))),
  hooks: (draft, value) =>
    assign(
      draft,
      'hooks',
      value?.map((hook) => toHook(hook, originOf(draft))),
    ),
  number: (draft, value) => assign(draft, 'address', value),
  numberE164CheckEnabled: (draft, value) => {
    draft.e164CheckEnabled = value ?? true;
  },
  credentialId: (draft, value) => assign(draft, 'credentialId', value),
  smsEnabled: (draft, value) => {
    draft.smsEnabled = value ?? true;
  },
  twilioAccountSid: (draft, value) => {
    if (value !== undefined) draft.twilio = { ...draft.twilio, accountSid: value };
  },
  twilioAuthToken: (draft, value) => setTwilioSecret(draft, 'authToken', value),
  twilioApiKey: (draft, value) => setTwilioSecret(draft, 'apiKey', value),
  twilioApiSecret: (draft, value) => setTwilioSecret(draft, 'apiSecret', value),
  sipUri: (draft, value) => assign(draft, 'sipUri', value),
  authentication: (draft, value) => {
    const digest = value && compact(value);
    assign(draft, 'authentication', digest && { ...digest, password: new Secret(digest.password) });
  },
  numberDesiredAreaCode: (draft, value) => assign(draft, 'desiredAreaCode', value),
};

/** Keys that others build on come first, whatever their place in the body. */
const FIRST: readonly Key[] = ['twilioAccountSid'];

/** A number as the body asks for; it has no SIP URI of its own yet. */
export function toNumber(
  body: CreateNumberBody,
  identity: { id: string; orgId: string; now: number },
): PhoneNumber {
  const carrier = CARRIERS[body.provider];
  const blank: PhoneNumber = {
    id: identity.id,
    orgId: identity.orgId,
    carrier,
    e164CheckEnabled: true,
    // Numbers at a carrier work once the carrier was told; our own SIP numbers work at once.
    status: carrier === 'sip' ? 'active' : 'activating',
    ...(carrier === 'twilio' && { smsEnabled: true }),
    binding: {},
    extras: {},
    createdAt: identity.now,
    updatedAt: identity.now,
  };
  return withChanges(blank, body, identity.now);
}

/** The number after a change: keys that are given replace, null unsets, all others stay. */
export function withChanges(number: PhoneNumber, body: Body, now: number): PhoneNumber {
  const draft: PhoneNumber = { ...number, binding: { ...number.binding }, updatedAt: now };
  const keys = Object.keys(body).filter((key): key is Key => key !== 'provider');
  const ordered = [
    ...FIRST.filter((key) => keys.includes(key)),
    ...keys.filter((key) => !FIRST.includes(key)),
  ];
  for (const key of ordered) {
    const set = SETTERS[key] as (draft: PhoneNumber, value: unknown) => void;
    set(draft, (body as Record<string, unknown>)[key] ?? undefined);
  }
  return draft;
}

function setTwilioSecret(
  draft: PhoneNumber,
  key: 'authToken' | 'apiKey' | 'apiSecret',
  value?: string,
): void {
  if (!draft.twilio) throw new Error('a Twilio number has no account');
  const account = { ...draft.twilio };
  assign(account, key, value === undefined ? undefined : new Secret(value));
  draft.twilio = account;
}

function originOf({ orgId, updatedAt }: PhoneNumber): Origin {
  return { orgId, now: updatedAt };
}

function toHook(body: HookBody, origin: Origin): NumberHook {
  const toAction = (action: HookActionBody) => toHookAction(action, origin);
  if (body.on === 'call.ringing') {
    const filters = body.filters?.map(({ startsWith }) => ({ startsWith }));
    return { on: body.on, actions: body.do.map(toAction), ...(filters && { filters }) };
  }
  const filters = body.filters?.map(({ oneOf }) => ({ oneOf: [...oneOf] }));
  const form: EndingHook['form'] = Array.isArray(body.do) ? 'list' : 'single';
  const actions = [body.do ?? []].flat().map(toAction);
  return { on: body.on, form, actions, ...(filters && { filters }) };
}

function toHookAction(body: HookActionBody, origin: Origin): HookAction {
  if (body.type === 'say') return body;
  return {
    type: 'transfer',
    ...(body.destination && { destination: toDestination(body.destination, origin) }),
  };
}
