import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peerProgram } from './peers.ts';
import { until } from './until.ts';

const HOST = '127.0.0.1';
const START_LIMIT_MS = 10_000;
const END_LIMIT_MS = 5_000;
/** Megabytes of memory, shared and of each process: what OpenSSL asks for, and more than calls of a test need. */
const MEMORY = ['-m', '64', '-M', '8'];

export interface KamailioProcess {
  readonly pid: number;
  /** Waits until its log shows this. @throws with the end of the log where that does not come. */
  shows(text: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Runs Kamailio in a folder of its own.
 * @param configurationIn its configuration, given the folder
 * @param port of TCP that it listens on once it is up
 */
export async function launchKamailio(
  port: number,
  configurationIn: (folder: string) => Promise<string> | string,
): Promise<KamailioProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-kamailio-'));
  const config = join(folder, 'kamailio.cfg');
  await writeFile(config, await configurationIn(folder));
  const child = spawn(
    peerProgram('kamailio'),
    // In the foreground, its log on the console, its files in the folder.
    ['-DD', '-E', '-f', config, '-Y', folder, '-w', folder, ...MEMORY],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let shown = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => {
      shown = (shown + part).slice(-8_000);
    });
  }
  try {
    await until('Kamailio listens', () => child.exitCode !== null || isOpen(port), START_LIMIT_MS);
    if (child.exitCode !== null) throw new Error(`Kamailio ended with code ${child.exitCode}`);
  } catch (error) {
    await end(child);
    throw new Error(`Kamailio did not start\n${shown}`, { cause: error });
  }
  return {
    pid: child.pid as number,
    async shows(text) {
      try {
        await until(`Kamailio shows ${text}`, () => shown.includes(text));
      } catch (error) {
        throw new Error(`Kamailio does not show ${text}\n${shown}`, { cause: error });
      }
    },
    async close() {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Its first process ends its others; one that does not go is killed. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS);
  await exited;
  clearTimeout(killer);
}
