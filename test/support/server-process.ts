import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ENTRY = join(ROOT, 'src', 'cli', 'offhook.ts');
/** A start takes half a second on a free machine; a shared one gets a multiple. */
const START_LIMIT_MS = 20_000;
const COMMAND_LIMIT_MS = 60_000;
export const PROCESS_KEY = 'process-key-0123456789abcdef';

export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface LogLine {
  level: number;
  msg: string;
  [field: string]: unknown;
}

/** The exchange as its operator runs it: a process of its own on free ports, with nothing of this process's settings. */
export interface ServerProcess {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds from its start to its first screen. */
  readonly screenAfterMs: number;
  readonly httpUrl: string;
  readonly sipPort: number;
  /** All that it has logged so far. */
  log(): LogLine[];
  uri(user: string): string;
  /** Calls the HTTP API; the body of the answer is read as JSON. */
  api(method: string, path: string, body?: unknown, key?: string): Promise<{ status: number; body: unknown }>;
  kill(signal: NodeJS.Signals): void;
  /** Ctrl-C: the terminal interrupts every process of the group at once. */
  interruptGroup(): void;
  /** Resolves when it is gone and all of its output is read. */
  readonly ended: Promise<ProcessEnd>;
}

/** A temporary data folder, and the processes that were started on it. */
export interface ProcessHouse {
  readonly dataDir: string;
  /** Starts the exchange and waits for its first screen. @throws with its output when it ends instead. */
  start(settings?: Record<string, string>): Promise<ServerProcess>;
  /** The same by `npm start`, without the step before it that installs packages. */
  startByNpm(settings?: Record<string, string>): Promise<ServerProcess>;
  /** Starts the exchange where it must not come up, and waits for its end. */
  startRefused(settings?: Record<string, string>): Promise<ProcessEnd>;
  /** Runs another command of `offhook` on the same data folder. */
  run(args: string[], settings?: Record<string, string>): Promise<ProcessEnd>;
  /** What is alive of all that was started here, by name. */
  alive(): string[];
  close(): Promise<void>;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

export async function openProcessHouse(at?: string): Promise<ProcessHouse> {
  const dataDir = at ?? (await mkdtemp(join(tmpdir(), 'offhook-process-')));
  const children = new Set<Child>();
  const launchProgram = (program: string, args: string[], settings: Record<string, string>): Child => {
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...inherited(), ...DEFAULTS, OFFHOOK_DATA_DIR: dataDir, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    children.add(child);
    child.once('close', () => children.delete(child));
    return child;
  };
  const launch = (args: string[], settings: Record<string, string>) =>
    launchProgram(process.execPath, [ENTRY, ...args], settings);
  const run = (args: string[], settings: Record<string, string>) =>
    collected(launch(args, settings), COMMAND_LIMIT_MS).ended;
  return {
    dataDir,
    start: (settings = {}) => started(launch(['serve'], settings)),
    startByNpm: (settings = {}) => started(launchProgram('npm', ['start', '--ignore-scripts'], settings)),
    startRefused: (settings = {}) => run(['serve'], settings),
    run: (args, settings = {}) => run(args, settings),
    alive: () => relativesOf(dataDir),
    async close() {
      const gone = [...children].map((child) => once(child, 'close'));
      for (const child of children) signalGroup(child, 'SIGKILL');
      await Promise.all(gone);
      if (at === undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const DEFAULTS = {
  OFFHOOK_BIND: '127.0.0.1',
  OFFHOOK_HTTP_PORT: '0',
  OFFHOOK_SIP_PORT: '0',
  OFFHOOK_API_KEY: PROCESS_KEY,
  OFFHOOK_LOCAL_LLM: 'off',
  OFFHOOK_MEDIA_WORKERS: '1',
  OFFHOOK_HEARING_PROCESSES: '2',
};

/** The environment without settings of whoever runs the tests. */
function inherited(): Record<string, string | undefined> {
  const foreign = (name: string) => /^(OFFHOOK_|OTEL_|NODE_)|_API_KEY$/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign(name)));
}

/** Each child leads a group of its own, so that nothing of it outlives the test. */
function signalGroup(child: Child, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, signal);
}

interface Collected {
  output: { stdout: string; stderr: string };
  ended: Promise<ProcessEnd>;
}

function collected(child: Child, limitMs?: number): Collected {
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const timer = limitMs ? setTimeout(() => child.kill('SIGKILL'), limitMs) : undefined;
  const ended = (once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>).then(
    ([code, signal]) => {
      clearTimeout(timer);
      return { code, signal, ...output };
    },
  );
  return { output, ended };
}

async function started(child: Child): Promise<ServerProcess> {
  const startedAt = performance.now();
  const { output, ended } = collected(child);
  let gone = false;
  void ended.then(() => {
    gone = true;
  });
  await until(
    'the first screen',
    () => {
      if (gone) throw new Error(`the exchange ended instead:\n${output.stdout}${output.stderr}`);
      return /curl .*\n\n/.test(output.stdout);
    },
    START_LIMIT_MS,
  );
  const screenAfterMs = performance.now() - startedAt;
  const httpUrl = reading(output.stdout, /^ +HTTP +(\S+)$/m);
  const sipPort = Number(reading(output.stdout, /^ +SIP +127\.0\.0\.1:(\d+) /m));
  return {
    pid: child.pid as number,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    screenAfterMs,
    httpUrl,
    sipPort,
    log: () => logLines(output.stderr),
    uri: (user) => `sip:${user}@127.0.0.1:${sipPort}`,
    async api(method, path, body, key = PROCESS_KEY) {
      const response = await fetch(`${httpUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body !== undefined && JSON_BODY) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as unknown };
    },
    kill: (signal) => void child.kill(signal),
    interruptGroup: () => signalGroup(child, 'SIGINT'),
    ended,
  };
}

const JSON_BODY = { 'content-type': 'application/json' };

function reading(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`${pattern} is not on the screen:\n${text}`);
  return found;
}

/** The lines of standard error that are log, and those that are for a person. */
export function logLines(stderr: string): LogLine[] {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
}

export function plainLines(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
}

/**
 * Every process of this machine that has this data folder in its environment, except zombies. What the exchange starts
 * inherits its environment, and keeps it when its parent dies.
 */
function relativesOf(dataDir: string): string[] {
  const marker = `OFFHOOK_DATA_DIR=${dataDir}\0`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(marker)) return [];
        return [`${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (${pid})`];
      } catch {
        return []; // ended while we looked, or another user's
      }
    });
}
