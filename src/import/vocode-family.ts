import type { ApiClient } from './api-client.ts';
import { isObject, type Json, type JsonObject, mapMembers, textOf, withoutNulls } from './json.ts';
import { listedItems } from './listed-items.ts';
import type { Kind, SourceDialect } from './source-dialect.ts';

/** The most that Fluents gives at once; Vocode names no limit. */
const PAGE_SIZE = 100;

/** What Vocode and Fluents, which came from it, have in common. */
interface FamilyMember {
  name: string;
  api: string;
  baseUrl: string;
  /** Nouns of the parts, in the order in which they are brought. */
  parts: readonly string[];
}

/** Keys of a number that `link` does not take. */
const LATER_KEYS: ReadonlySet<string> = new Set([
  'label',
  'example_context',
  'description',
  'tags',
  'sms_enabled',
  'is_routing_number',
  'config',
]);

/** Places that hold a part by its id, or the part itself with its id. */
const REFERENCES: Readonly<Record<string, string>> = {
  inbound_agent: 'agent',
  prompt: 'prompt',
  voice: 'voice',
  webhook: 'webhook',
  actions: 'action',
  vector_database: 'vector_database',
  openai_account_connection: 'account_connection',
  telephony_account_connection: 'account_connection',
  // Neither service has a route for these, so none ever comes over.
  prompt_template: 'prompt_template',
};

export function familyMember({ name, api, baseUrl, parts }: FamilyMember): SourceDialect {
  return {
    name,
    api,
    baseUrl,
    kinds: [...parts.map(partKind), numberKind],
    references: REFERENCES,
    readOnly: new Set(['id', 'user_id', 'active', 'telephony_provider', 'inbound_agent_name']),
    secretKeys: /(^|_)(api_key|api_user_id|auth_token|access_token|secret_key|api_secret)$/,
    list,
    plain: (item) => normalized(withoutOwnSecrets(withoutNulls(item) as JsonObject)),
  };
}

function partKind(noun: string): Kind {
  const path = `/v1/${noun}s`;
  return {
    name: noun,
    listPath: `${path}/list`,
    createPath: `${path}/create`,
    changeRoute: (shown) => ({
      method: 'POST',
      path: `${path}/update?id=${encodeURIComponent(String(shown.id))}`,
    }),
    // The mark of what the object is: changes are read by it.
    changeAlways: ['type'],
    nameOf: (item) => textOf(item.label) ?? textOf(item.name) ?? textOf(item.url) ?? textOf(item.type),
    ...(noun === 'action' && { remark: actionRemark }),
  };
}

const numberKind: Kind = {
  name: 'number',
  listPath: '/v1/numbers/list',
  createPath: '/v1/numbers/link',
  toCreate: (body) => {
    const { number, ...rest } = body;
    return { ...(number !== undefined && { phone_number: number }), ...rest };
  },
  changeRoute: (shown) => ({
    method: 'POST',
    path: `/v1/numbers/update?phone_number=${encodeURIComponent(String(shown.number))}`,
  }),
  changeOnly: LATER_KEYS,
  createOnly: new Set(['number', 'telephony_account_connection']),
  nameOf: (item) => textOf(item.number),
  // Written with and without plus.
  addressOf: (item) => textOf(item.number)?.replaceAll(/\D/g, ''),
  refusal: (item) =>
    item.telephony_account_connection === undefined
      ? 'the vendor owns this number: move it to a carrier of yours, add it here, and run this again'
      : undefined,
};

function actionRemark(item: JsonObject): string | undefined {
  if (item.type !== 'action_external') return undefined;
  return 'its requests are signed with a new secret: config.signature_secret of the action here';
}

/** The secret of an external action is made by the server that signs with it. */
function withoutOwnSecrets(item: JsonObject): JsonObject {
  if (!isObject(item.config)) return item;
  const config = mapMembers(item.config, (key, value) => (key === 'signature_secret' ? undefined : value));
  return { ...item, config };
}

/** As lists of Vocode show it: each part by its id, whether the service shows the id or the part. */
function normalized(item: JsonObject): JsonObject {
  const idOf = (value: Json): Json =>
    isObject(value) && textOf(value.id) !== undefined ? (value.id as Json) : value;
  return mapMembers(item, (key, value) => {
    if (!Object.hasOwn(REFERENCES, key)) return value;
    return Array.isArray(value) ? value.map(idOf) : idOf(value);
  });
}

/** Pages with their total, or, in the oldest revision, a list alone, of which some servers give all at once. */
async function list(api: ApiClient, path: string): Promise<JsonObject[]> {
  const found = new Map<string, JsonObject>();
  for (let page = 1; ; page += 1) {
    const answer = await api.get(`${path}?page=${page}&size=${PAGE_SIZE}`);
    const items = listedItems(isObject(answer) ? answer.items : answer, api.baseUrl + path);
    const before = found.size;
    for (const item of items) found.set(String(item.id), item);
    const hasMore = isObject(answer) ? answer.has_more === true : items.length >= PAGE_SIZE;
    if (!hasMore || found.size === before) return [...found.values()];
  }
}
