import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { peerProgram } from './peers.ts';

const SCENARIOS = fileURLToPath(new URL('../interop/sipp/', import.meta.url));
/** How long one awaited message may take, in milliseconds; scenarios that wait on purpose say so themselves. */
const RECEIVE_LIMIT_MS = 10_000;
/** How long a whole scenario may take, in milliseconds. */
const RUN_LIMIT_MS = 25_000;
/** Calls are placed within this time, in milliseconds; sipp also ends no sooner. */
const RATE_PERIOD_MS = '100';
/** What sipp gets beyond its own time limit before it is killed, in milliseconds. */
const KILL_GRACE_MS = 3_000;
/** Messages shown of a run that failed, and characters of each: the step that went wrong and what led to it. */
const SHOWN_MESSAGES = 6;
const SHOWN_CHARACTERS = 1_500;

export interface SippOptions {
  /** File name in test/interop/sipp, without `.xml`. */
  scenario: string;
  /** SIP port of the exchange on loopback. */
  port: number;
  /** User part that is called. */
  user: string;
  transport?: 'udp' | 'tcp';
  /** Values of `[name]` in the scenario. */
  keys?: Record<string, string>;
  /** What `[authentication]` answers a challenge with. */
  credentials?: { username: string; password: string };
  /** How often the scenario is run, all at once; unset: one time. */
  calls?: number;
  limitMs?: number;
}

/** One SIP message as sipp saw it. */
export interface SippMessage {
  at: number;
  direction: 'sent' | 'received';
  text: string;
}

/** A run whose scenario went as written. */
export interface SippRun {
  messages: SippMessage[];
}

/** Runs one scenario against the exchange. @throws with sipp's own reason and the last messages where it failed. */
export async function runSipp(options: SippOptions): Promise<SippRun> {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-sipp-'));
  const logs = { messages: join(folder, 'messages.log'), errors: join(folder, 'errors.log') };
  const limitMs = options.limitMs ?? RUN_LIMIT_MS;
  try {
    const localPort = await freeUdpPort();
    const args = [...commandLine(options, localPort, limitMs), ...logging(logs)];
    const child = spawn(peerProgram('sipp'), args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    const complaint = textOf(child.stderr);
    const killer = setTimeout(() => child.kill('SIGKILL'), limitMs + KILL_GRACE_MS);
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    clearTimeout(killer);
    const messages = parseMessages(await readIfThere(logs.messages));
    if (code === 0) return { messages };
    const errors = `${await readIfThere(logs.errors)}${await complaint}`.trim();
    throw new Error(
      [
        `sipp ${options.scenario} over ${options.transport ?? 'udp'} ended with ${signal ?? `code ${code}`}`,
        errors.slice(0, SHOWN_CHARACTERS) || 'no reason given',
        ...messages
          .slice(-SHOWN_MESSAGES)
          .map(({ direction, text }) => `--- ${direction}\n${text.slice(0, SHOWN_CHARACTERS)}`),
      ].join('\n'),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function commandLine(options: SippOptions, localPort: number, limitMs: number): string[] {
  const { scenario, port, user, transport = 'udp', keys = {}, credentials, calls = 1 } = options;
  return [
    `127.0.0.1:${port}`,
    ...['-sf', join(SCENARIOS, `${scenario}.xml`), '-s', user],
    ...['-t', transport === 'tcp' ? 't1' : 'u1', '-i', '127.0.0.1', '-p', String(localPort)],
    ...['-mi', '127.0.0.1', '-ci', '127.0.0.1'],
    // Scenarios send again what they want to be sent again, and see every copy that the exchange sends.
    '-nr',
    ...['-m', String(calls), '-l', String(calls), '-r', String(calls), '-rp', RATE_PERIOD_MS],
    ...['-nostdin', '-deadcall_wait', '0', '-max_reconnect', '0'],
    ...['-recv_timeout', String(RECEIVE_LIMIT_MS), '-timeout', `${limitMs}ms`, '-timeout_error'],
    ...Object.entries(keys).flatMap(([name, value]) => ['-key', name, value]),
    // Left alone, its digest would be for the host and not for the request URI (RFC 7616 section 3.4).
    ...(credentials ? ['-auth_uri', `${user}@127.0.0.1:${port}`] : []),
    ...(credentials ? ['-au', credentials.username, '-ap', credentials.password] : []),
  ];
}

function logging(logs: { messages: string; errors: string }): string[] {
  return ['-trace_msg', '-message_file', logs.messages, '-trace_err', '-error_file', logs.errors];
}

const MESSAGE_HEAD =
  /^-{20,} (\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d+)\n\w+ message (sent|received) .*\n\n?/gm;

/** Reads sipp's message log: a ruled line with the time, one with the direction, then the message as it was. */
function parseMessages(log: string): SippMessage[] {
  const heads = [...log.matchAll(MESSAGE_HEAD)];
  return heads.map((head, index) => ({
    at: Date.parse((head[1] ?? '').replace(' ', 'T')),
    direction: head[2] === 'sent' ? 'sent' : 'received',
    text: log.slice(head.index + head[0].length, heads[index + 1]?.index).trimEnd(),
  }));
}

/** A port of our own, so that no late message to a scenario reaches the one that follows it. */
async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const parts: string[] = [];
  for await (const part of stream) parts.push(String(part));
  return parts.join('');
}

async function readIfThere(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
}
