import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { peerProgram } from './peers.ts';
import { until } from './until.ts';

const SCENARIOS = fileURLToPath(new URL('../interop/sipp/', import.meta.url));
/** How long one awaited message may take, in milliseconds; scenarios that wait on purpose say so themselves. */
const RECEIVE_LIMIT_MS = 10_000;
/** How long a whole scenario may take, in milliseconds. */
const RUN_LIMIT_MS = 25_000;
/** Calls are placed within this time, in milliseconds; sipp also ends no sooner. */
const RATE_PERIOD_MS = '100';
/** What sipp gets beyond its own time limit before it is killed, in milliseconds. */
const KILL_GRACE_MS = 3_000;
/** How long sipp may take to open its ports, in milliseconds. */
const START_LIMIT_MS = 5_000;
/** Below those that the kernel gives to connections, which would take one between our look at it and sipp's. */
const PORTS = { from: 20_000, below: 32_000 };
const PORT_ATTEMPTS = 5;
/** What sipp says where it cannot open its port. */
const PORT_TAKEN = 'Unable to bind main socket';
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

class PortTakenError extends Error {}

/** Runs one scenario against the exchange. @throws with sipp's own reason and the last messages where it failed. */
export async function runSipp(options: SippOptions): Promise<SippRun> {
  const limitMs = options.limitMs ?? RUN_LIMIT_MS;
  return onFreePort((localPort) =>
    execute(options, limitMs, async () => commandLine(options, localPort, limitMs)),
  );
}

export interface SippOperatorOptions extends Pick<SippOptions, 'scenario' | 'transport' | 'keys'> {
  /** Sends the audio that it gets back. */
  echoes?: boolean;
  /** Whether copies of a request are steps of the scenario; unset: sipp passes them over. */
  seesCopies?: boolean;
}

/** A scenario that waits to be called once. */
export interface SippOperator {
  port: number;
  /** Resolves when its one call went as written. @throws as {@link runSipp} does */
  finished: Promise<SippRun>;
}

/** Starts a scenario that is called by the exchange; it listens when this resolves. */
export function startSippOperator(options: SippOperatorOptions): Promise<SippOperator> {
  return onFreePort(async (port) => {
    const mediaPort = await freePort();
    const finished = execute(options, RUN_LIMIT_MS, async (folder) => {
      const file = join(folder, 'scenario.xml');
      await writeFile(file, await filledIn(options));
      return operatorLine(options, file, port, mediaPort);
    });
    // A test that fails before it awaits the operator must tell its own reason.
    finished.catch(() => {});
    const isUp = async () => !(await isFree(port, options.transport ?? 'udp'));
    // One that cannot begin has ended, and says why.
    await Promise.race([until('sipp listens', isUp, START_LIMIT_MS), finished]);
    return { port, finished };
  });
}

/** The scenario with the test's values in it: sipp itself takes none in a status line or in the account that it verifies. */
async function filledIn({ scenario, keys = {} }: SippOperatorOptions): Promise<string> {
  const text = await readFile(join(SCENARIOS, `${scenario}.xml`), 'utf8');
  return Object.entries(keys).reduce((filled, [name, value]) => filled.replaceAll(`[${name}]`, value), text);
}

/** Runs sipp in a folder of its own. */
async function execute(
  { scenario, transport = 'udp' }: Pick<SippOptions, 'scenario' | 'transport'>,
  limitMs: number,
  argumentsIn: (folder: string) => Promise<string[]>,
): Promise<SippRun> {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-sipp-'));
  const logs = { messages: join(folder, 'messages.log'), errors: join(folder, 'errors.log') };
  try {
    const args = [...(await argumentsIn(folder)), ...logging(logs)];
    const child = spawn(peerProgram('sipp'), args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    const complaint = textOf(child.stderr);
    const killer = setTimeout(() => child.kill('SIGKILL'), limitMs + KILL_GRACE_MS);
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    clearTimeout(killer);
    const messages = parseMessages(await readIfThere(logs.messages));
    if (code === 0) return { messages };
    const errors = `${await readIfThere(logs.errors)}${await complaint}`.trim();
    if (errors.includes(PORT_TAKEN)) throw new PortTakenError(errors);
    throw new Error(
      [
        `sipp ${scenario} over ${transport} ended with ${signal ?? `code ${code}`}`,
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

function operatorLine(
  { transport = 'udp', echoes = false, seesCopies = false }: SippOperatorOptions,
  file: string,
  port: number,
  mediaPort: number,
): string[] {
  return [
    ...['-sf', file, '-t', transport === 'tcp' ? 't1' : 'u1'],
    ...['-i', '127.0.0.1', '-p', String(port), '-mi', '127.0.0.1', '-mp', String(mediaPort)],
    ...(echoes ? ['-rtp_echo'] : []),
    ...(seesCopies ? ['-nr'] : []),
    ...['-m', '1', '-nostdin', '-deadcall_wait', '0', '-max_reconnect', '0'],
    ...['-recv_timeout', String(RECEIVE_LIMIT_MS), '-timeout', `${RUN_LIMIT_MS}ms`, '-timeout_error'],
  ];
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

/** A port of our own, so that no late message to a scenario reaches the one that follows it; free for both transports. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.below);
    if ((await isFree(port, 'udp')) && (await isFree(port, 'tcp'))) return port;
  }
}

/** sipp cannot have a port on which a connection that has ended is still remembered (TIME_WAIT), as we cannot tell before. */
async function onFreePort<T>(run: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run(await freePort());
    } catch (error) {
      if (!(error instanceof PortTakenError) || attempt >= PORT_ATTEMPTS) throw error;
    }
  }
}

/** Whether nobody listens there yet. */
async function isFree(port: number, transport: 'udp' | 'tcp'): Promise<boolean> {
  const probe = transport === 'udp' ? createSocket('udp4') : createServer();
  const opened = Promise.withResolvers<boolean>();
  probe.once('error', () => opened.resolve(false));
  probe.once('listening', () => opened.resolve(true));
  if ('bind' in probe) probe.bind(port, '127.0.0.1');
  else probe.listen(port, '127.0.0.1');
  const isOpen = await opened.promise;
  if (isOpen) await new Promise<void>((resolve) => probe.close(() => resolve()));
  return isOpen;
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
