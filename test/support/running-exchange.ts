import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load-config.ts';
import { type Offhook, startOffhook } from '../../src/main.ts';
import type { RtpStats } from '../../src/media/media-session.ts';
import { until } from './until.ts';

export const TEST_KEY = 'test-key-0123456789abcdef';

/** A whole exchange in this process, on free ports of loopback, with a data folder of its own. */
export interface RunningExchange {
  offhook: Offhook;
  dataDir: string;
  /** Calls the HTTP API with the test key. */
  api<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>;
  /** The SIP URI that reaches this exchange for a user part. */
  uri(user: string): string;
  /** Makes an agent and a `vapi` number bound to it. @returns both ids. */
  numberWith(
    user: string,
    assistant: object,
    number?: object,
  ): Promise<{ numberId: string; assistantId: string }>;
  /** The newest call to a number, whatever its state. */
  callTo(numberId: string): Promise<CallView | undefined>;
  /** Every line of a call's timeline so far. */
  timeline(callId: string): Promise<TimelineEntry[]>;
  /** The newest call to a number once it has ended and its end is stored. */
  endedCall(numberId: string, limitMs?: number): Promise<CallView>;
  /** A call once it has ended and its end is stored. */
  ended(callId: string, limitMs?: number): Promise<CallView>;
  stop(): Promise<void>;
}

export interface MessageView {
  role: string;
  message: string;
  /** Milliseconds since the epoch. */
  time: number;
  endTime?: number;
  inputMode?: string;
  interrupted?: boolean;
}

/** What tests read of a call as the API shows it. */
export interface CallView {
  id: string;
  status: string;
  assistantId?: string;
  endedReason?: string;
  endedBlame?: string;
  startedAt?: string;
  endedAt?: string;
  customer?: Record<string, string>;
  /** While it is up. */
  monitor?: { controlUrl: string; listenUrl: string };
  artifact: {
    messages: MessageView[];
    transcript?: string;
    stereoRecordingUrl?: string;
    media?: { codec: string; received: number; sent: number; srtp?: RtpStats['srtp'] };
    performanceMetrics?: { turnLatencies?: Record<string, number>[] };
  };
}

export interface TimelineEntry {
  type: string;
  at: string;
  data: Record<string, unknown>;
}

export async function startExchange(settings: Record<string, string> = {}): Promise<RunningExchange> {
  const dataDir = settings.OFFHOOK_DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'offhook-e2e-')));
  const offhook = await startOffhook(
    loadConfig({
      OFFHOOK_BIND: '127.0.0.1',
      OFFHOOK_HTTP_PORT: '0',
      OFFHOOK_SIP_PORT: '0',
      OFFHOOK_API_KEY: TEST_KEY,
      OFFHOOK_LOG_LEVEL: 'silent',
      OFFHOOK_LOCAL_LLM: 'off',
      OFFHOOK_DRAIN_MS: '0',
      OFFHOOK_MEDIA_WORKERS: '1',
      // SIP numbers have no country of their own; those that tests transfer to are American.
      OFFHOOK_HOME_COUNTRY: 'US',
      ...settings,
      OFFHOOK_DATA_DIR: dataDir,
    }),
  );
  const api = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${offhook.httpUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${TEST_KEY}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  };
  const callTo = async (numberId: string) => {
    const [call] = await api<CallView[]>('GET', `/call?phoneNumberId=${numberId}&limit=1`);
    return call;
  };
  return {
    offhook,
    dataDir,
    api,
    uri: (user) => `sip:${user}@127.0.0.1:${offhook.sipPort}`,
    async numberWith(user, assistant, number = {}) {
      const { id: assistantId } = await api<{ id: string }>('POST', '/assistant', assistant);
      const body = { provider: 'vapi', sipUri: `sip:${user}@sip.vapi.ai`, assistantId, ...number };
      const { id: numberId } = await api<{ id: string }>('POST', '/phone-number', body);
      return { numberId, assistantId };
    },
    callTo,
    async timeline(callId) {
      const { events } = await api<{ events: TimelineEntry[] }>('GET', `/admin/calls/${callId}/timeline`);
      return events;
    },
    endedCall: (numberId, limitMs) =>
      until(
        'the call has ended',
        async () => {
          const call = await callTo(numberId);
          return call?.status === 'ended' && call;
        },
        limitMs,
      ),
    ended: (callId, limitMs) =>
      until(
        'the call has ended',
        async () => {
          const call = await api<CallView>('GET', `/call/${callId}`);
          return call.status === 'ended' && call;
        },
        limitMs,
      ),
    async stop() {
      await offhook.stop();
      if (settings.OFFHOOK_DATA_DIR === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
