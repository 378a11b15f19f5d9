import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freeTcpPort, freeUdpPort, tcpPortOpen, udpPortTaken } from './ports.ts';

const SCENARIOS = {
  plain: fileURLToPath(new URL('./call.xml', import.meta.url)),
  digest: fileURLToPath(new URL('./call-with-digest.xml', import.meta.url)),
};
/** Seconds that a run may go on after its last call was placed; a call that is not through by then has failed. */
const OVERTIME_SECONDS = 5;
/** One socket for all calls, as a trunk has one. */
const SIPP_TRANSPORTS: Readonly<Record<SippTransport, string>> = { udp: 'u1', tcp: 't1' };
/** sipp's exit codes for: all calls well, some failed, stopped by `-timeout`. */
const GOOD_EXITS: readonly (number | null)[] = [0, 1, 97];

/** By which sipp speaks: it has no TLS. */
export type SippTransport = 'udp' | 'tcp';

export interface CallLoad {
  port: number;
  /** User part that is called. */
  user: string;
  callsPerSecond: number;
  seconds: number;
  /** How long each call is up. */
  holdMs: number;
  /** Unset: UDP. */
  transport?: SippTransport;
  /** The callee asks for this account. */
  account?: { username: string; password: string };
}

export interface CallLoadResult {
  succeeded: number;
  failed: number;
  retransmissions: number;
  /** INVITE sent to 200 received, mean; sipp counts whole milliseconds. */
  answerMs: number;
}

/** The version of sipp. @throws with the name of the package where it is not installed. */
export async function sippVersion(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('sipp', ['-v']).catch((error) => {
      // It prints its version and ends with code 99.
      if (typeof error.stdout === 'string' && error.stdout.includes('SIPp'))
        return error as { stdout: string };
      throw error;
    });
    return /SIPp v[\d.]+/.exec(stdout)?.[0] ?? 'SIPp';
  } catch {
    throw new Error('sipp is missing: install the Debian package sip-tester');
  }
}

/** sipp's own answering side, which keeps no transactions: the reference. */
export async function startSippUas(
  transport: SippTransport = 'udp',
): Promise<{ pid: number; port: number; stop(): Promise<void> }> {
  const port = transport === 'tcp' ? await freeTcpPort() : await freeUdpPort();
  const folder = await mkdtemp(join(tmpdir(), 'offhook-bench-sipp-'));
  const where = ['-i', '127.0.0.1', '-p', String(port), '-t', SIPP_TRANSPORTS[transport]];
  const child = spawn('sipp', ['-sn', 'uas', ...where, '-nostdin'], { cwd: folder, stdio: 'ignore' });
  if (transport === 'tcp') await tcpPortOpen(port);
  else await udpPortTaken(port);
  return {
    pid: child.pid as number,
    port,
    async stop() {
      if (child.exitCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true });
    },
  };
}

/** Places calls by sipp and reads its own count of what became of them. */
export async function placeCalls(load: CallLoad): Promise<CallLoadResult> {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-bench-sipp-'));
  const statistics = join(folder, 'statistics.csv');
  const calls = Math.round(load.callsPerSecond * load.seconds);
  const { transport = 'udp', account } = load;
  const localPort = transport === 'tcp' ? await freeTcpPort() : await freeUdpPort();
  const child = spawn(
    'sipp',
    [
      ...['-sf', account ? SCENARIOS.digest : SCENARIOS.plain, '-s', load.user, `127.0.0.1:${load.port}`],
      ...['-i', '127.0.0.1', '-t', SIPP_TRANSPORTS[transport], '-max_reconnect', '0'],
      ...(account ? ['-au', account.username, '-ap', account.password] : []),
      ...(account ? ['-auth_uri', `${load.user}@127.0.0.1:${load.port}`] : []),
      ...['-p', String(localPort), '-r', String(load.callsPerSecond), '-m', String(calls)],
      ...['-l', String(calls), '-d', String(load.holdMs), '-nostdin', '-trace_stat', '-stf', statistics],
      ...['-fd', '1', '-timeout', String(Math.ceil(load.seconds + OVERTIME_SECONDS))],
    ],
    { cwd: folder, stdio: 'ignore' },
  );
  await exited(child);
  const result = readStatistics(await readFile(statistics, 'utf8'), calls);
  await rm(folder, { recursive: true });
  return result;
}

/** Failed calls are a result, too. */
async function exited(child: ChildProcess): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number | null];
  if (!GOOD_EXITS.includes(code)) throw new Error(`sipp ended with code ${code}`);
}

/** Reads the file of `-trace_stat`: names in the first line, the whole run in the last. Of `calls`, what did not succeed failed. */
export function readStatistics(csv: string, calls: number): CallLoadResult {
  const lines = csv.trim().split('\n');
  const names = (lines[0] ?? '').split(';');
  const last = (lines.at(-1) ?? '').split(';');
  const value = (name: string) => last[names.indexOf(name)] ?? '';
  const succeeded = Number(value('SuccessfulCall(C)'));
  return {
    succeeded,
    failed: calls - succeeded,
    retransmissions: Number(value('Retransmissions(C)')),
    answerMs: durationMs(value('ResponseTime1(C)')),
  };
}

/** `hh:mm:ss:uuuuuu`, or with a full stop before the fraction. */
function durationMs(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0, microseconds = 0] = text.split(/[:.]/).map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + microseconds / 1000;
}
