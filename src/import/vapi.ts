import type { ApiClient } from './api-client.ts';
import { ImportError } from './import-error.ts';
import { isObject, type JsonObject, textOf, withoutNulls } from './json.ts';
import { listedItems } from './listed-items.ts';
import type { Kind, SourceDialect } from './source-dialect.ts';

/** The most that the vendor gives at once. */
const PAGE_SIZE = 1000;

function kind(name: string, path: string, rest: Partial<Kind> = {}): Kind {
  return {
    name,
    listPath: path,
    createPath: path,
    changeRoute: (shown) => ({ method: 'PATCH', path: `${path}/${encodeURIComponent(String(shown.id))}` }),
    nameOf: (item) => textOf(item.name),
    ...rest,
  };
}

/** Vapi: https://docs.vapi.ai/api-reference. */
export const vapi: SourceDialect = {
  name: 'vapi',
  api: 'vapi',
  baseUrl: 'https://api.vapi.ai',
  kinds: [
    kind('credential', '/credential', {
      // The route is not in the vendor's published schema.
      mayBeHidden: true,
      nameOf: (item) => textOf(item.name) ?? textOf(item.provider),
    }),
    kind('tool', '/tool', { nameOf: toolName }),
    kind('assistant', '/assistant'),
    kind('squad', '/squad'),
    kind('number', '/phone-number', {
      nameOf: (item) => textOf(item.number) ?? textOf(item.sipUri) ?? textOf(item.name),
      addressOf: numberAddress,
      refusal: numberRefusal,
      remark: (item) =>
        item.workflowId === undefined ? undefined : 'the vendor has retired workflows: bind an assistant',
      createOnly: new Set(['provider']),
    }),
  ],
  references: {
    assistantId: 'assistant',
    squadId: 'squad',
    toolIds: 'tool',
    toolId: 'tool',
    credentialId: 'credential',
    credentialIds: 'credential',
  },
  readOnly: new Set(['id', 'orgId', 'createdAt', 'updatedAt', 'status']),
  list,
  plain: (item) => withoutNulls(item) as JsonObject,
};

function toolName(item: JsonObject): string | undefined {
  const declared = isObject(item.function) ? textOf(item.function.name) : undefined;
  return declared ?? textOf(item.name) ?? textOf(item.type);
}

/** A trunk's numbers are its own, so two trunks may have the same one; ids of trunks are compared after mapping. */
function numberAddress(item: JsonObject): string | undefined {
  const sipUri = textOf(item.sipUri);
  if (sipUri !== undefined) return /^sips?:([^@;]+)/i.exec(sipUri)?.[1]?.toLowerCase();
  const number = textOf(item.number);
  return number === undefined ? undefined : `${item.provider} ${number} ${textOf(item.credentialId) ?? ''}`;
}

function numberRefusal(item: JsonObject): string | undefined {
  if (item.provider !== 'vapi' || item.number === undefined) return undefined;
  return 'the vendor owns this number: move it to a carrier of yours, then add it here with that carrier';
}

/**
 * Lists are newest first and end after a page; the next one begins at the oldest object of the last. One that goes
 * the other way is followed as well, since the order is nowhere promised.
 */
async function list(api: ApiClient, path: string): Promise<JsonObject[]> {
  const found = new Map<string, JsonObject>();
  let from = '';
  for (;;) {
    const page = listedItems(await api.get(`${path}?limit=${PAGE_SIZE}${from}`), api.baseUrl + path);
    const before = found.size;
    for (const item of page) found.set(String(item.id), item);
    if (page.length < PAGE_SIZE) return [...found.values()];
    if (found.size === before)
      throw new ImportError(`${api.baseUrl}${path} gives the same page again: not all of it can be read`);
    const [first, last] = [textOf(page[0]?.createdAt) ?? '', textOf(page.at(-1)?.createdAt) ?? ''];
    from = `&${first < last ? 'createdAtGe' : 'createdAtLe'}=${encodeURIComponent(last)}`;
  }
}
