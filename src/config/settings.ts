import { Resolver } from 'node:dns';
import { isIP } from 'node:net';
import { isSupportedCountry } from 'libphonenumber-js/max';
import { z } from 'zod';
import { parseNetworks } from '../lib/ip-address.ts';
import { Secret } from '../lib/secret.ts';

/** A whole number within bounds, both included, and the same words for whatever is none. */
function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int(error).min(min, error).max(max, error);
}

const CALLS_PER_SECOND_ERROR = 'must be a number above 0, up to 100000';

const port = wholeNumber(0, 65_535);

/** The shortest interval of a session timer that RFC 4028 section 5 allows, and a day as the longest; seconds. */
const MIN_SESSION_SECONDS = 90;
const MAX_SESSION_SECONDS = 86_400;
const SESSION_EXPIRES_ERROR = `must be 0, or a whole number from ${MIN_SESSION_SECONDS} to ${MAX_SESSION_SECONDS}`;

const sessionExpires = z.coerce
  .number({ error: SESSION_EXPIRES_ERROR })
  .refine((seconds) => seconds === 0 || isSessionInterval(seconds), SESSION_EXPIRES_ERROR);

const portRange = z
  .string()
  .regex(/^\d{1,5}-\d{1,5}$/, 'must be two ports joined by a dash, such as 40000-49999')
  .transform((text) => {
    const [from, to] = text.split('-').map(Number) as [number, number];
    return { from, to };
  })
  .refine(({ from, to }) => from >= 1024 && to <= 65535 && to - from >= 1, {
    message: 'must rise from 1024 or more to 65535 or less and hold at least one pair',
  });

function listed(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

const networks = z.string().transform((text, context) => {
  const list = listed(text);
  try {
    parseNetworks(list);
  } catch (error) {
    context.addIssue(`must list addresses or networks: ${(error as RangeError).message}`);
  }
  return list;
});

const nameServers = z.string().transform((text, context) => {
  const list = listed(text);
  try {
    // The resolver that will ask them says what it takes.
    new Resolver().setServers(list);
  } catch {
    context.addIssue('must list addresses of name servers, such as 192.0.2.53 or [2001:db8::53]:5353');
  }
  return list;
});

const bindAddress = z.string().refine((text) => isIP(text) !== 0, {
  message: 'must be an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them',
});

function oneOf<const T extends readonly [string, ...string[]]>(...names: T) {
  return z.enum(names, `must be one of ${names.join(', ')}`);
}

/** Names of codecs in SDP, as they are written in the setting. */
const CODECS = ['PCMU', 'PCMA', 'G722', 'opus'] as const;
const CODECS_ERROR = `must list codecs of ${CODECS.join(', ')}, each once, joined by commas`;

const codecs = z.string().transform((text, context) => {
  const names = text.split(',').map((item) => item.trim().toLowerCase());
  const list = names.flatMap((name) => CODECS.find((codec) => codec.toLowerCase() === name) ?? []);
  if (list.length !== names.length || new Set(list).size !== list.length) context.addIssue(CODECS_ERROR);
  return list;
});

const flag = z
  .string()
  .transform((text) => !['', '0', 'false', 'no', 'off'].includes(text.trim().toLowerCase()));

const callsPerSecond = z.coerce
  .number({ error: CALLS_PER_SECOND_ERROR })
  .positive(CALLS_PER_SECOND_ERROR)
  .max(100_000, CALLS_PER_SECOND_ERROR);

const httpUrl = z.string().refine(isHttpUrl, { message: 'must be an http or https URL' });
const secretOf = (schema: z.ZodType<string>) => schema.transform((text) => new Secret(text)).optional();
const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://');
const countryCode = z
  .string()
  .refine((text) => isSupportedCountry(text), 'must be a country of ISO 3166 in two capital letters');
const filePath = z.string().min(1).optional();
const sipUri = z
  .string()
  .regex(/^sips?:[^\s<>"@?]+$/, 'must be a SIP URI without a user, such as sip:10.0.0.5:5060');
const hostName = z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'must be a host name or an address');

/** A setting: its schema, what it is when unset, and what a reader of the reference must know. */
interface Setting<S extends z.ZodType> {
  schema: S;
  /** As it would be written in the environment; undefined when unset means something of its own. */
  fallback?: string;
  describe: string;
}

function setting<S extends z.ZodType>(schema: S, rest: Omit<Setting<S>, 'schema'>): Setting<S> {
  return { schema, ...rest };
}

/** Every setting of the exchange, by the name of its environment variable. docs/reference/configuration.md is checked against it. */
export const SETTINGS = {
  OFFHOOK_HTTP_PORT: setting(port, { fallback: '3000', describe: 'TCP port of the HTTP APIs.' }),
  OFFHOOK_BIND: setting(bindAddress, {
    fallback: '0.0.0.0',
    describe: 'Address that HTTP, SIP and RTP listen on.',
  }),
  OFFHOOK_PUBLIC_HOST: setting(hostName.optional(), {
    describe: 'Address put into SDP and Contact. Unset: the address on the route to the peer.',
  }),
  OFFHOOK_PUBLIC_URL: setting(httpUrl.optional(), {
    describe: 'Base of the URLs that the exchange hands out. Unset: the HTTP address of this machine.',
  }),
  OFFHOOK_TRUSTED_PROXIES: setting(networks, {
    fallback: '',
    describe:
      'Addresses or networks, joined by commas, of proxies of your own: their X-Forwarded headers are believed, and in SIP whom they say (Via) a call came from.',
  }),
  OFFHOOK_SIP_PORT: setting(port, { fallback: '5060', describe: 'UDP and TCP port of SIP.' }),
  OFFHOOK_SIPS_PORT: setting(port, {
    fallback: '5061',
    describe: 'TCP port of SIP over TLS; opened where `OFFHOOK_TLS_CERT` and `OFFHOOK_TLS_KEY` are set.',
  }),
  OFFHOOK_TLS_CERT: setting(filePath, {
    describe:
      'PEM file of the certificate for SIP over TLS, those that lead to its authority behind it. Read at the start.',
  }),
  OFFHOOK_TLS_KEY: setting(filePath, { describe: 'PEM file of its private key, without a password.' }),
  OFFHOOK_TLS_CA: setting(filePath, {
    describe:
      'PEM file of authorities that the certificates of gateways and registrars may come from, beside those that Node trusts: for a PBX with a certificate of your own. Read at the start.',
  }),
  OFFHOOK_SIP_DOMAIN: setting(hostName.optional(), {
    describe:
      'Host of the SIP URIs that the exchange makes. Unset: the public host, else the address of this machine.',
  }),
  OFFHOOK_SIP_OUTBOUND_PROXY: setting(sipUri.optional(), {
    describe:
      'SIP URI of the proxy that our calls, registrations and pings go through, such as `sip:10.0.0.5:5060;transport=tcp`. Unset: they go straight to whom they are for.',
  }),
  OFFHOOK_SIP_DNS: setting(nameServers, {
    fallback: '',
    describe:
      'Addresses of name servers, joined by commas, that the hosts of SIP are looked up at (NAPTR, SRV, A, AAAA), such as `192.0.2.53` or `[2001:db8::53]:5353`: for a carrier whose names only its own servers know. Empty: those of this machine, and its /etc/hosts.',
  }),
  OFFHOOK_SIP_SESSION_EXPIRES: setting(sessionExpires, {
    fallback: '1800',
    describe:
      'Seconds after which a call ends that neither side has refreshed (RFC 4028): so the exchange notices that a peer is gone. `0`: no session timers.',
  }),
  OFFHOOK_SIP_MIN_SE: setting(wholeNumber(MIN_SESSION_SECONDS, MAX_SESSION_SECONDS), {
    fallback: String(MIN_SESSION_SECONDS),
    describe:
      'The least seconds between refreshes that a caller may ask for; one who asks for less gets 422.',
  }),
  OFFHOOK_SIP_100REL: setting(oneOf('supported', 'required', 'off'), {
    fallback: 'supported',
    describe:
      'Reliable provisional responses (RFC 3262). `supported`: where the peer requires them. `required`: demanded of peers who know them. `off`: refused.',
  }),
  OFFHOOK_SOURCE_CPS: setting(callsPerSecond, {
    fallback: '150',
    describe: 'New calls a second that one source address may make; more are dropped in silence.',
  }),
  OFFHOOK_MAX_CALLS: setting(wholeNumber(1, 1_000_000).optional(), {
    describe:
      'Calls that may be up at a time; new ones beyond get 503 with Retry-After, as they do while the exchange cannot keep up. Unset: as many as come.',
  }),
  OFFHOOK_UNKNOWN_USERS: setting(oneOf('refuse', 'challenge'), {
    fallback: 'refuse',
    describe:
      'What callers of a user that there is not get: `refuse`, a 404; `challenge`, the same question for an account as a number with `authentication`, so that nobody finds out which there are, but for numbers whose account has a `realm` of its own, which the question names. Strangers to a trunk get it too then.',
  }),
  OFFHOOK_STRANGERS: setting(oneOf('refuse', 'silence'), {
    fallback: 'refuse',
    describe:
      "What callers of a trunk's numbers get whose address is in none of its gateways' networks: 403, or no answer at all; with `silence` a number that there is not gets none either, except from a gateway.",
  }),
  OFFHOOK_RTP_PORTS: setting(portRange, { fallback: '40000-49999', describe: 'UDP ports of RTP and RTCP.' }),
  OFFHOOK_CODECS: setting(codecs, {
    fallback: CODECS.join(','),
    describe:
      'Codecs of SIP calls, the dearest first, joined by commas: the order in which they are offered.',
  }),
  OFFHOOK_CODEC_ORDER: setting(oneOf('theirs', 'ours'), {
    fallback: 'theirs',
    describe:
      'Whose order of codecs decides where a caller offers several: the caller’s, or `OFFHOOK_CODECS`.',
  }),
  OFFHOOK_SRTP: setting(oneOf('off', 'optional', 'required'), {
    fallback: 'optional',
    describe:
      'SRTP with keys in the SDP. `optional`: callers who offer it get it, and gateways of `tls/srtp` are offered nothing else. `required`: calls without it are refused and not placed. Needs SIP over TLS.',
  }),
  OFFHOOK_SRTP_WITHOUT_TLS: setting(flag, {
    fallback: '',
    describe: 'When set, the keys of SRTP may go over UDP and TCP, where others can read them.',
  }),
  OFFHOOK_DATA_DIR: setting(z.string().min(1), {
    fallback: './data',
    describe: 'Folder of the database, the recordings and the secret key.',
  }),
  OFFHOOK_API_KEY: setting(
    secretOf(
      z.string().min(16, 'must have at least 16 characters').max(200, 'must have at most 200 characters'),
    ),
    {
      describe: "Becomes the default org's key on the first start. Unset: one is made and printed once.",
    },
  ),
  OFFHOOK_DATABASE_URL: setting(secretOf(postgresUrl), {
    describe: 'PostgreSQL to store in. Unset: SQLite in the data folder.',
  }),
  OFFHOOK_SECRET_KEY: setting(secretOf(z.string().min(16, 'must have at least 16 characters')), {
    describe: 'Encrypts the stored secrets. Unset: a key is made in the data folder.',
  }),
  OFFHOOK_EGRESS_ALLOW: setting(networks, {
    fallback: '',
    describe:
      "Networks (CIDR), joined by commas, that customers' URLs, SIP destinations and gateways may lead to although they are private.",
  }),
  OFFHOOK_HOME_COUNTRY: setting(countryCode.optional(), {
    describe:
      'Country (ISO 3166, two letters) whose numbers may be called by orgs that say nothing else, where the number that dials belongs to none. Unset: no telephone number may be called then.',
  }),
  OFFHOOK_RING_DELAY_MS: setting(wholeNumber(0, 60_000), {
    fallback: '0',
    describe: 'Milliseconds a call rings before it is answered.',
  }),
  OFFHOOK_RING_LIMIT_MS: setting(wholeNumber(6_000, 180_000), {
    fallback: '60000',
    describe:
      'Milliseconds that a call which we place may ring before nobody is thought to be there; carriers give up after about as long. No less than a gateway gets for its first response (5 s).',
  }),
  OFFHOOK_DRAIN_MS: setting(wholeNumber(0, 3_600_000), {
    fallback: '10000',
    describe:
      'Milliseconds that calls in progress get to end by themselves after SIGTERM; then they are ended.',
  }),
  OFFHOOK_MEDIA_WORKERS: setting(wholeNumber(1, 64).optional(), {
    describe: 'Threads for RTP. Unset: one less than the cores, at least one.',
  }),
  OFFHOOK_HEARING_PROCESSES: setting(wholeNumber(1, 64).optional(), {
    describe: 'Processes of the offline transcriber. Unset: twice the cores.',
  }),
  OFFHOOK_LOCAL_LLM: setting(oneOf('auto', 'off'), {
    fallback: 'auto',
    describe:
      'Whether a language model server found on loopback (Ollama, LM Studio, llama.cpp, vLLM) thinks for agents that name none.',
  }),
  OFFHOOK_LOG_LEVEL: setting(oneOf('silent', 'error', 'warn', 'info', 'debug'), {
    fallback: 'info',
    describe: 'What is written to the log.',
  }),
  OFFHOOK_NO_APT: setting(flag, {
    fallback: '',
    describe: 'When set, `npm start` and `npm test` never install system packages.',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;

export type Settings = { [K in SettingName]: z.output<(typeof SETTINGS)[K]['schema']> };

function isSessionInterval(seconds: number): boolean {
  return Number.isInteger(seconds) && seconds >= MIN_SESSION_SECONDS && seconds <= MAX_SESSION_SECONDS;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
