import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Secret } from '../../lib/secret.ts';
import type { Agent } from '../agents/agent.ts';
import type { Credential, VendorCredential } from './credential.ts';
import { withVendorKeys } from './vendor-keys.ts';
import type { VendorProvider } from './vendor-provider.ts';

const ORG = 'org-1';
let made = 0;

function vendor(provider: VendorProvider, fields: Partial<VendorCredential> = {}): VendorCredential {
  made += 1;
  return {
    id: `cred-${made}`,
    orgId: ORG,
    provider,
    secrets: { apiKey: new Secret(`${provider}-key`) },
    settings: {},
    createdAt: made,
    updatedAt: made,
    ...fields,
  };
}

function anAgent(fields: Partial<Agent> = {}): Agent {
  return {
    id: 'agent-1',
    orgId: ORG,
    extras: {},
    createdAt: 0,
    updatedAt: 0,
    brain: { provider: 'openai', messages: [], tools: [], toolIds: [], settings: {} },
    voice: { provider: '11labs', settings: {} },
    transcriber: { provider: 'deepgram', settings: {} },
    ...fields,
  };
}

/** A repository over `stored`, newest first, that counts its reads. */
function repository(stored: Credential[]) {
  const reads = { lists: 0, gets: 0 };
  const own = (orgId: string) => stored.filter((one) => one.orgId === orgId);
  return {
    reads,
    async get(orgId: string, id: string) {
      reads.gets += 1;
      return own(orgId).find((one) => one.id === id);
    },
    async list(orgId: string, { limit, offset = 0 }: { limit: number; offset?: number }) {
      reads.lists += 1;
      return own(orgId)
        .sort((a, b) => b.createdAt - a.createdAt)
        .slice(offset, offset + limit);
    },
  };
}

const revealed = ({ vendorKeys = {} }: Agent) =>
  Object.fromEntries(Object.entries(vendorKeys).map(([name, secret]) => [name, secret.reveal()]));

describe("the keys of an agent's vendors", () => {
  test("are the org's, for the vendors that the agent names and no others", async () => {
    const stored = [vendor('openai'), vendor('11labs'), vendor('deepgram'), vendor('groq')];
    const agent = await withVendorKeys(anAgent(), repository(stored));
    assert.deepEqual(revealed(agent), {
      openai: 'openai-key',
      '11labs': '11labs-key',
      deepgram: 'deepgram-key',
    });
  });

  test('come with the further fields of the credential', async () => {
    const azure = vendor('azure-openai', {
      secrets: { openAIKey: new Secret('k'), ocpApimSubscriptionKey: new Secret('s') },
      settings: { region: 'eastus2', models: ['m'] },
    });
    const brain = { ...anAgent().brain, provider: 'azure-openai' } as NonNullable<Agent['brain']>;
    assert.deepEqual(revealed(await withVendorKeys(anAgent({ brain }), repository([azure]))), {
      'azure-openai': 'k',
      'azure-openai:ocpApimSubscriptionKey': 's',
      'azure-openai:region': 'eastus2',
      'azure-openai:models': '["m"]',
    });
  });

  test("are the agent's own where it has some, not mixed with the org's", async () => {
    const stored = [vendor('deepgram', { settings: { apiUrl: 'https://org.example.com' } })];
    const vendorKeys = { deepgram: new Secret('own'), openai: new Secret('own') };
    const agent = await withVendorKeys(anAgent({ vendorKeys }), repository(stored));
    assert.deepEqual(revealed(agent), { deepgram: 'own', openai: 'own' });
  });

  test('are looked for also for fallbacks and for what tools name', async () => {
    const agent = anAgent({
      brain: {
        provider: 'openai',
        messages: [],
        toolIds: [],
        tools: [{ type: 'query', settings: { knowledgeBases: [{ provider: 'google', name: 'x' }] } }],
        settings: { fallbackModels: [{ provider: 'anthropic', model: 'm' }] },
      },
      voice: { provider: 'vapi', settings: { fallbackPlan: { voices: [{ provider: 'cartesia' }] } } },
    });
    const stored = (['google', 'anthropic', 'cartesia'] as const).map((provider) => vendor(provider));
    assert.deepEqual(Object.keys(revealed(await withVendorKeys(agent, repository(stored)))).sort(), [
      'anthropic',
      'cartesia',
      'google',
    ]);
  });

  test('are of the newest credential, or of the first that credentialIds lists', async () => {
    const [older, newer] = ['older', 'newer'].map((key) =>
      vendor('openai', { secrets: { apiKey: new Secret(key) } }),
    ) as [VendorCredential, VendorCredential];
    const foreign = vendor('openai', { orgId: 'org-2' });
    const stored = [older, newer, foreign];
    const keyWith = async (credentialIds?: string[]) => {
      const agent = anAgent(credentialIds && { credentialIds });
      return revealed(await withVendorKeys(agent, repository(stored))).openai;
    };
    assert.equal(await keyWith(), 'newer');
    assert.equal(await keyWith([older.id, newer.id]), 'older');
    assert.equal(await keyWith([foreign.id, 'gone', newer.id]), 'newer');
    assert.equal(await keyWith([foreign.id]), undefined);
    assert.equal(await keyWith([]), undefined);
  });

  test('of the model are those of the account that is named for it, before any other', async () => {
    const [older, newer] = ['older', 'newer'].map((key) =>
      vendor('openai', { secrets: { apiKey: new Secret(key) } }),
    ) as [VendorCredential, VendorCredential];
    const foreign = vendor('openai', { orgId: 'org-2' });
    const stored = [older, newer, foreign, vendor('deepgram')];
    const keysWith = async (extra: Partial<Agent>) =>
      revealed(await withVendorKeys(anAgent(extra), repository(stored)));
    const { openai, deepgram } = await keysWith({ brainCredentialId: older.id });
    assert.equal(openai, 'older');
    assert.ok(deepgram, 'the other vendors lose their keys');
    assert.equal(
      (await keysWith({ brainCredentialId: older.id, credentialIds: [newer.id] })).openai,
      'older',
    );
    assert.equal((await keysWith({ brainCredentialId: foreign.id })).openai, 'newer');
  });

  test('of the voice are its own where it brings some, and nobody is asked for others', async () => {
    const settings = { apiKey: new Secret('own') };
    const agent = anAgent({ voice: { provider: '11labs', settings } });
    const keys = revealed(await withVendorKeys(agent, repository([vendor('11labs'), vendor('openai')])));
    assert.deepEqual(keys, { '11labs': 'own', openai: 'openai-key' });
  });

  test('are found behind many other credentials, and reading ends once all are there', async () => {
    const wanted = [vendor('openai'), vendor('11labs'), vendor('deepgram')];
    const others = Array.from({ length: 150 }, () => vendor('groq'));
    const behind = repository([...wanted, ...others]);
    assert.equal(Object.keys(revealed(await withVendorKeys(anAgent(), behind))).length, 3);
    assert.equal(behind.reads.lists, 2);
    const older = wanted.map((one) => ({ ...one, createdAt: one.createdAt + 1000 }));
    const before = repository([...older, ...others]);
    await withVendorKeys(anAgent(), before);
    assert.equal(before.reads.lists, 1);
  });

  test('are not read at all for an agent that needs none', async () => {
    const { brain, voice, transcriber, ...plain } = anAgent();
    const store = repository([vendor('openai')]);
    assert.equal(await withVendorKeys(plain, store), plain);
    assert.deepEqual(store.reads, { lists: 0, gets: 0 });
  });

  test('of a custom model are its access token, or its apiKey where there is none', async () => {
    const authenticationPlan = {
      type: 'oauth2',
      url: 'https://id.example.com',
      clientId: 'c',
      clientSecret: new Secret('s'),
    } as const;
    const stored = repository([vendor('custom-llm', { authenticationPlan })]);
    const brain = { ...anAgent().brain, provider: 'custom-llm' } as NonNullable<Agent['brain']>;
    const agent = anAgent({ brain });
    const asked: string[] = [];
    const withToken = await withVendorKeys(agent, stored, async (credential) => {
      asked.push(credential.authenticationPlan.url);
      return new Secret('token');
    });
    assert.equal(revealed(withToken)['custom-llm'], 'token');
    assert.deepEqual(asked, ['https://id.example.com']);
    const failed = await withVendorKeys(agent, stored, () => Promise.reject(new Error('no token')));
    assert.equal(revealed(failed)['custom-llm'], 'custom-llm-key');
    assert.equal(revealed(await withVendorKeys(agent, stored))['custom-llm'], 'custom-llm-key');
  });
});
