/** The exchange as `npm start` runs it, with a pair of numbers for each operator: one by a hook, one with an agent. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../src/config/load-config.ts';
import { startOffhook } from '../../src/main.ts';
import { type Served, serveParent } from '../measure/serve-parent.ts';

export interface JoinServerConfig {
  /** Where each operator is called, in order. */
  operators: string[];
}

export interface JoinServerReady {
  port: number;
  /** User parts of the numbers, by the operator whom their callers are brought to. */
  users: { hook: string[]; agent: string[] };
}

/** How often it is asked whether the agent has the call, in milliseconds, and how often at most. */
const RETRY_MS = 20;
const RETRIES = 250;

interface CallView {
  monitor?: { controlUrl: string };
}

async function start({ operators }: JoinServerConfig): Promise<Served> {
  const dataDir = await mkdtemp(join(tmpdir(), 'offhook-bench-join-'));
  const offhook = await startOffhook(
    loadConfig({
      OFFHOOK_BIND: '127.0.0.1',
      OFFHOOK_HTTP_PORT: '0',
      OFFHOOK_SIP_PORT: '0',
      OFFHOOK_DATA_DIR: dataDir,
      OFFHOOK_SOURCE_CPS: '100000',
      OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8',
      OFFHOOK_DRAIN_MS: '0',
      OFFHOOK_LOG_LEVEL: 'error',
    }),
  );
  const api = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(`${offhook.httpUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${offhook.madeKey}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const { id: assistantId } = await api<{ id: string }>('POST', '/assistant', {
    name: 'Quiet',
    firstMessageMode: 'assistant-waits-for-user',
  });
  const users: JoinServerReady['users'] = { hook: [], agent: [] };
  const agentNumbers: string[] = [];
  const destinationOf = (sipUri: string) => ({ type: 'sip', sipUri, message: '' });
  for (const [index, operator] of operators.entries()) {
    const transfer = { type: 'transfer', destination: destinationOf(operator) };
    const number = async (user: string, fields: object) => {
      const body = { provider: 'vapi', sipUri: `sip:${user}@127.0.0.1`, ...fields };
      return (await api<{ id: string }>('POST', '/phone-number', body)).id;
    };
    const [hook, agent] = [`hook-${index}`, `agent-${index}`];
    await number(hook, { hooks: [{ on: 'call.ringing', do: [transfer] }] });
    agentNumbers.push(await number(agent, { assistantId }));
    users.hook.push(hook);
    users.agent.push(agent);
  }
  return {
    ready: { port: offhook.sipPort, users } satisfies JoinServerReady,
    questions: {
      /** Has the caller of this operator's agent transferred to him. */
      async transfer({ operator }: { operator: number }) {
        const destination = destinationOf(operators[operator] as string);
        for (let tries = 0; tries < RETRIES; tries += 1) {
          const path = `/call?phoneNumberId=${agentNumbers[operator]}&limit=1`;
          const [call] = await api<CallView[]>('GET', path);
          // Refused until the agent is on the line.
          if (call?.monitor && (await isTaken(call.monitor.controlUrl, destination))) return;
          await sleep(RETRY_MS);
        }
        throw new Error('no agent took the call');
      },
    },
    async close() {
      await offhook.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}

async function isTaken(url: string, destination: object): Promise<boolean> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'transfer', destination, content: '' }),
  });
  await response.text();
  return response.ok;
}

await serveParent(start);
