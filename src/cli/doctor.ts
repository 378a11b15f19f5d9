import { createSocket } from 'node:dgram';
import { constants } from 'node:fs';
import { access, mkdir, readFile, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Settings } from '../config/settings.ts';

/** Two sockets a call (RTP and RTCP), and as many again for HTTP, SIP and files. */
const FILES_PER_CALL = 2;
const FILES_RESERVED = 512;
/** Bytes that an hour of stereo 16-bit 8 kHz recording takes. */
const RECORDING_BYTES_PER_HOUR = 8000 * 2 * 2 * 3600;
const MIN_FREE_HOURS = 10;

export interface Finding {
  state: 'ok' | 'warning' | 'problem';
  what: string;
  /** What to do about it. */
  cure?: string;
}

export interface DoctorParts {
  /** The offline ears: what of them is missing. */
  hearing: () => Promise<{ ok: true } | { ok: false; missing: string[] }>;
  /** The offline mouth: milliseconds to speak one sentence. */
  speaking: () => Promise<number>;
}

/** Looks at everything a running exchange needs of its machine. */
export async function examine(settings: Settings, parts: DoctorParts): Promise<Finding[]> {
  const { OFFHOOK_BIND: bind } = settings;
  return [
    nodeVersion(),
    await tcpPort(bind, settings.OFFHOOK_HTTP_PORT, 'OFFHOOK_HTTP_PORT'),
    await tcpPort(bind, settings.OFFHOOK_SIP_PORT, 'OFFHOOK_SIP_PORT'),
    await udpPort(bind, settings.OFFHOOK_SIP_PORT),
    rtpPorts(settings),
    await fileLimit(settings),
    ...addresses(settings),
    ...(await dataFolder(settings.OFFHOOK_DATA_DIR)),
    await hearing(parts),
    await speaking(parts),
  ];
}

/** One line a finding, with its cure below it. */
export function render(findings: Finding[]): string[] {
  const marks = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' } as const;
  return findings.flatMap(({ state, what, cure }) => [
    `${marks[state]}  ${what}`,
    ...(cure ? [`         ${cure}`] : []),
  ]);
}

function nodeVersion(): Finding {
  return { state: 'ok', what: `Node ${process.version}` };
}

async function tcpPort(host: string, port: number, setting: string): Promise<Finding> {
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
  return portFinding(`TCP ${host}:${port}`, setting, error);
}

async function udpPort(host: string, port: number): Promise<Finding> {
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.once('error', resolve);
    socket.bind(port, host, () => socket.close(() => resolve(undefined)));
  });
  return portFinding(`UDP ${host}:${port}`, 'OFFHOOK_SIP_PORT', error);
}

function portFinding(what: string, setting: string, error: NodeJS.ErrnoException | undefined): Finding {
  if (!error) return { state: 'ok', what: `${what} is free` };
  const inUse = error.code === 'EADDRINUSE';
  return {
    state: inUse ? 'warning' : 'problem',
    what: `${what} cannot be opened: ${error.code ?? error.message}`,
    cure: inUse
      ? `fine if that is Offhook itself; else set ${setting} to a free port`
      : `set OFFHOOK_BIND to an address of this machine, or ${setting} to a port you may open`,
  };
}

function rtpPorts({ OFFHOOK_RTP_PORTS: { from, to } }: Settings): Finding {
  const calls = Math.floor((to - from + 1) / 2);
  const what = `RTP ports ${from}-${to}: room for ${calls} calls`;
  return { state: 'ok', what, cure: 'a firewall in front must let this UDP range in' };
}

async function fileLimit({ OFFHOOK_RTP_PORTS: { from, to } }: Settings): Promise<Finding> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => undefined);
  const soft = Number(limits?.match(/^Max open files\s+(\d+)/m)?.[1]);
  if (!Number.isFinite(soft)) return { state: 'warning', what: 'the limit of open files is not known here' };
  const calls = Math.max(0, Math.floor((soft - FILES_RESERVED) / FILES_PER_CALL));
  const wanted = Math.floor((to - from + 1) / 2);
  const what = `open files: ${soft}, enough for ${calls} calls at once`;
  if (calls >= Math.min(wanted, 1000)) return { state: 'ok', what };
  return { state: 'warning', what, cure: 'raise it with `ulimit -n 65536` (LimitNOFILE= in a systemd unit)' };
}

function addresses(settings: Settings): Finding[] {
  const own = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((entry) => !entry.internal)
    .map((entry) => entry.address);
  const publicHost = settings.OFFHOOK_PUBLIC_HOST;
  const findings: Finding[] = [
    { state: 'ok', what: `addresses of this machine: ${own.join(', ') || 'loopback only'}` },
  ];
  if (publicHost) findings.push({ state: 'ok', what: `SDP and Contact name ${publicHost}` });
  else {
    findings.push({
      state: 'warning',
      what: 'OFFHOOK_PUBLIC_HOST is not set: SDP and Contact name the address on the route to the peer',
      cure: 'behind NAT set it to the public address, or callers from outside hear nothing',
    });
  }
  return findings;
}

async function dataFolder(folder: string): Promise<Finding[]> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.R_OK | constants.W_OK);
  } catch (error) {
    const what = `the data folder ${folder} cannot be used: ${(error as NodeJS.ErrnoException).code}`;
    return [{ state: 'problem', what, cure: 'make it writable, or set OFFHOOK_DATA_DIR' }];
  }
  const { bavail, bsize } = await statfs(folder);
  const hours = Math.floor((bavail * bsize) / RECORDING_BYTES_PER_HOUR);
  const what = `the data folder ${folder} is writable; room for ${hours} hours of recordings`;
  if (hours >= MIN_FREE_HOURS) return [{ state: 'ok', what }];
  return [
    { state: 'warning', what, cure: 'free some space: on a full disk calls go on but are not recorded' },
  ];
}

async function hearing({ hearing: look }: DoctorParts): Promise<Finding> {
  const found = await look();
  if (found.ok) return { state: 'ok', what: 'offline hearing: pocketsphinx is installed' };
  return {
    state: 'warning',
    what: `offline hearing is missing: ${found.missing.join(', ')}`,
    cure: 'sudo apt-get install pocketsphinx pocketsphinx-en-us (or give agents a speech vendor with a key)',
  };
}

async function speaking({ speaking: speak }: DoctorParts): Promise<Finding> {
  try {
    return { state: 'ok', what: `offline voice: one sentence in ${Math.round(await speak())} ms` };
  } catch (error) {
    const what = `the offline voice does not work: ${(error as Error).message}`;
    return { state: 'problem', what, cure: 'run npm start again, it installs what is missing' };
  }
}
