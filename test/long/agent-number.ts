import assert from 'node:assert/strict';
import type { ServerProcess } from '../support/server-process.ts';

/** Makes an agent, and a number with this SIP user that it answers. @returns the number's id. */
export async function agentNumber(
  server: ServerProcess,
  user: string,
  assistant: object,
  fields: object = {},
): Promise<string> {
  const agent = await server.api('POST', '/assistant', assistant);
  assert.equal(agent.status, 201, JSON.stringify(agent.body));
  const { id: assistantId } = agent.body as { id: string };
  const body = { provider: 'vapi', sipUri: `sip:${user}@sip.vapi.ai`, assistantId, ...fields };
  const number = await server.api('POST', '/phone-number', body);
  assert.equal(number.status, 201, JSON.stringify(number.body));
  return (number.body as { id: string }).id;
}
