import type { Agent } from '../../src/domain/agents/agent.ts';
import type { PhoneNumber } from '../../src/domain/numbers/number.ts';
import type { Server } from '../../src/domain/server.ts';
import type { CallScene } from '../../src/flow/server-messages.ts';
import { Secret } from '../../src/lib/secret.ts';
import { liveCall, sampleMessages, sampleTurns } from './sample-call.ts';

/** A call whose assistant, number and org have a server each; every secret of them is `hush`. */
export const AT = 1_700_000_000_000;
export const ORG_ID = '018f0000-0000-7000-8000-000000000001';

export const server = (name: string, extra: Partial<Server> = {}): Server => ({
  url: `https://${name}.example/hook`,
  secret: new Secret('hush'),
  ...extra,
});

export const AGENT: Agent = {
  id: '018f0000-0000-7000-8000-00000000000a',
  orgId: ORG_ID,
  name: 'Desk',
  server: server('agent'),
  vendorKeys: { openai: new Secret('hush') },
  extras: {},
  createdAt: AT,
  updatedAt: AT,
};
export const NUMBER: PhoneNumber = {
  id: '018f0000-0000-7000-8000-00000000000b',
  orgId: ORG_ID,
  carrier: 'sip',
  e164CheckEnabled: true,
  sipUri: 'sip:desk@sip.exchange.test',
  authentication: { username: 'x'.repeat(20), password: new Secret('hush') },
  status: 'active',
  binding: {},
  server: server('number'),
  extras: {},
  createdAt: AT,
  updatedAt: AT,
};
const ORG = { id: ORG_ID, name: 'Test', server: server('org'), createdAt: AT };

export function sceneOf(extra: Partial<CallScene> = {}, call: Partial<CallScene['call']> = {}): CallScene {
  return {
    call: liveCall(ORG_ID, AT, { agentId: AGENT.id, numberId: NUMBER.id, ...call }),
    number: NUMBER,
    org: ORG,
    agent: AGENT,
    messages: sampleMessages(AT),
    turns: sampleTurns(AT),
    ...extra,
  };
}

export const without = <T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> => {
  const { [key]: _, ...rest } = value;
  return rest;
};
