import { createSocket } from 'node:dgram';
import { constants } from 'node:fs';
import { access, mkdir, readFile, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Settings } from '../config/settings.ts';
import { examineTls } from './doctor-tls.ts';

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
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Raises the priority of a thread. Told why it cannot. */
  priority: () => string | undefined;
  /** Reaches PostgreSQL. @throws with one line when it cannot be used. */
  postgres: (url: string) => Promise<void>;
  /** Whether an exchange answers at this base URL. */
  exchangeAt: (url: string) => Promise<boolean>;
}

/** Looks at everything a running exchange needs of its machine. */
export async function examine(settings: Settings, parts: DoctorParts): Promise<Finding[]> {
  return [
    nodeVersion(),
    ...(await ports(settings, parts)),
    ...examineTls(settings, parts.now()),
    rtpPorts(settings),
    await fileLimit(settings),
    mediaPriority(parts),
    ...addresses(settings),
    ...(await dataFolder(settings.OFFHOOK_DATA_DIR)),
    await database(settings, parts),
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

/** The listeners; where an exchange answers at our HTTP port, it is the one that holds the others too. */
async function ports(settings: Settings, { exchangeAt }: DoctorParts): Promise<Finding[]> {
  const { OFFHOOK_BIND: bind, OFFHOOK_HTTP_PORT: http, OFFHOOK_SIP_PORT: sip } = settings;
  const wildcards: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  const host = wildcards[bind] ?? bind;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${http}`;
  if (http !== 0 && (await exchangeAt(url))) {
    return [{ state: 'ok', what: `an exchange answers at ${url}: its ports are in use, as they should be` }];
  }
  const findings = [
    portFinding(`TCP ${bind}:${http} (HTTP)`, 'OFFHOOK_HTTP_PORT', await tcpError(bind, http)),
    portFinding(`TCP ${bind}:${sip} (SIP)`, 'OFFHOOK_SIP_PORT', await tcpError(bind, sip)),
    portFinding(`UDP ${bind}:${sip} (SIP)`, 'OFFHOOK_SIP_PORT', await udpError(bind, sip)),
  ];
  if (settings.OFFHOOK_TLS_CERT === undefined) return findings;
  const { OFFHOOK_SIPS_PORT: sips } = settings;
  return [
    ...findings,
    portFinding(`TCP ${bind}:${sips} (SIP over TLS)`, 'OFFHOOK_SIPS_PORT', await tcpError(bind, sips)),
  ];
}

function tcpError(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

function udpError(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.once('error', (error) => socket.close(() => resolve(error)));
    socket.bind(port, host, () => socket.close(() => resolve(undefined)));
  });
}

function portFinding(what: string, setting: string, error: NodeJS.ErrnoException | undefined): Finding {
  if (!error) return { state: 'ok', what: `${what} is free` };
  if (error.code === 'EADDRINUSE') {
    const cure = `end what uses it, or set ${setting} to a free port`;
    return { state: 'problem', what: `${what} is in use by another program`, cure };
  }
  return {
    state: 'problem',
    what: `${what} cannot be opened: ${error.code ?? error.message}`,
    cure: `set OFFHOOK_BIND to an address of this machine, or ${setting} to a port you may open`,
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

function mediaPriority({ priority }: DoctorParts): Finding {
  const refused = priority();
  if (!refused) return { state: 'ok', what: 'audio goes before all else that this machine does' };
  return {
    state: 'warning',
    what: `audio has no priority over other programs (${refused}): beside busy ones it goes out some milliseconds late`,
    cure: 'allow it with LimitNICE=-11 in a systemd unit, --cap-add SYS_NICE in Docker, or `ulimit -e 31`',
  };
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
    await mkdir(folder, { recursive: true, mode: 0o700 });
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

async function database(
  { OFFHOOK_DATABASE_URL: url }: Settings,
  { postgres }: DoctorParts,
): Promise<Finding> {
  if (!url) return { state: 'ok', what: 'records are kept in SQLite in the data folder' };
  try {
    await postgres(url.reveal());
    return { state: 'ok', what: 'records are kept in PostgreSQL, which answers' };
  } catch (error) {
    const cure = 'start it, or correct OFFHOOK_DATABASE_URL';
    return { state: 'problem', what: (error as Error).message, cure };
  }
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
