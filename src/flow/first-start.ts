import type { AgentRepository } from '../domain/agents/agent-repository.ts';
import { demoAgent } from '../domain/agents/demo-agent.ts';
import type { NumberRepository } from '../domain/numbers/number-repository.ts';
import { createApiKey, hashApiKey, keyPrefix } from '../domain/orgs/api-key.ts';
import type { Org } from '../domain/orgs/org.ts';
import type { OrgRepository } from '../domain/orgs/org-repository.ts';
import type { Clock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import type { Secret } from '../lib/secret.ts';

/** User part of the demo number's SIP URI. */
export const DEMO_USER = 'demo';

export interface FirstStartOptions {
  orgs: OrgRepository;
  agents: AgentRepository;
  numbers: NumberRepository;
  /** Becomes the default org's key; unset: one is made. */
  apiKey: Secret | undefined;
  sipDomain: string;
  clock: Clock;
}

/**
 * Makes the default org with its key and the demo number, unless a key exists.
 * @returns the key in clear text where one was made: this is the only time it can be shown.
 */
export async function firstStart(options: FirstStartOptions): Promise<{ madeKey?: string }> {
  const { orgs, apiKey, clock } = options;
  const now = clock.now();
  const [existing] = await orgs.listOrgs();
  if (existing && (await orgs.listKeys()).length > 0) return {};
  const org: Org = existing ?? { id: newId(now), name: 'default', createdAt: now };
  if (!existing) await orgs.insertOrg(org);
  const key = apiKey?.reveal() ?? createApiKey().key;
  await orgs.insertKey(
    { id: newId(now), orgId: org.id, name: 'first key', prefix: keyPrefix(key), createdAt: now },
    hashApiKey(key),
  );
  await insertDemo(org, options);
  return apiKey ? {} : { madeKey: key };
}

async function insertDemo(org: Org, { agents, numbers, sipDomain, clock }: FirstStartOptions): Promise<void> {
  if (await numbers.findBySipUser(DEMO_USER)) return;
  const now = clock.now();
  const agent = demoAgent(org.id, now);
  await agents.insert(agent);
  await numbers.insert({
    id: newId(now),
    orgId: org.id,
    carrier: 'sip',
    e164CheckEnabled: true,
    sipUri: `sip:${DEMO_USER}@${sipDomain}`,
    name: 'Demo number',
    status: 'active',
    binding: { agentId: agent.id },
    privateCallersOnly: true,
    extras: {},
    createdAt: now,
    updatedAt: now,
  });
}
