/** The exchange as `npm start` runs it, on free ports and with a data folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load-config.ts';
import { startOffhook } from '../../src/main.ts';
import { type Served, serveParent } from '../measure/serve-parent.ts';

export interface WholeExchangeReady {
  port: number;
  /** User part of a number whose agent waits for the caller to speak. */
  quietUser: string;
  /** User part of the demo number, whose agent greets. */
  greetingUser: string;
}

async function start(): Promise<Served> {
  const dataDir = await mkdtemp(join(tmpdir(), 'offhook-bench-exchange-'));
  const settings = loadConfig({
    OFFHOOK_BIND: '127.0.0.1',
    OFFHOOK_HTTP_PORT: '0',
    OFFHOOK_SIP_PORT: '0',
    OFFHOOK_DATA_DIR: dataDir,
    // All calls come from one address, which may by default place 150 a second.
    OFFHOOK_SOURCE_CPS: '100000',
    OFFHOOK_DRAIN_MS: '0',
    OFFHOOK_LOG_LEVEL: 'error',
  });
  const offhook = await startOffhook(settings);
  const post = async (path: string, body: object): Promise<{ id: string }> => {
    const response = await fetch(`${offhook.httpUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${offhook.madeKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { id: string };
  };
  const assistant = await post('/assistant', { name: 'Quiet', firstMessageMode: 'assistant-waits-for-user' });
  await post('/phone-number', {
    provider: 'vapi',
    sipUri: 'sip:quiet@127.0.0.1',
    assistantId: assistant.id,
  });
  return {
    ready: {
      port: offhook.sipPort,
      quietUser: 'quiet',
      greetingUser: offhook.demoUri?.match(/^sip:([^@]+)@/)?.[1] ?? 'demo',
    } satisfies WholeExchangeReady,
    async close() {
      await offhook.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}

await serveParent(start);
