import { readdir, readFile, readlink } from 'node:fs/promises';
import type { ServerProcess } from '../support/server-process.ts';

/** Megabytes of memory that a process holds. */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/**
 * What a server has open, by kind: the path of a file, else the kind of thing without its number. Connections to its
 * HTTP port are left out: clients keep them for a while.
 */
export async function openDescriptors({ pid, httpUrl }: ServerProcess): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const links = await readdir(folder);
  const targets = await Promise.all(links.map((fd) => targetOf(`${folder}/${fd}`)));
  const clients = await connectionsTo(Number(new URL(httpUrl).port));
  return targets
    .filter((target) => target !== undefined && !clients.has(target))
    .map((target) => String(target).replace(/:\[\d+\]$/, ''))
    .sort();
}

/** Closed between being listed and being read: it is not open. */
async function targetOf(link: string): Promise<string | undefined> {
  try {
    return await readlink(link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Columns of /proc/net/tcp (proc(5)) and its state of a connection. */
const LOCAL_ADDRESS = 1;
const STATE = 3;
const INODE = 9;
const LISTENING = '0A';

/** The sockets of this machine that are connections to a port of it, as `/proc/<pid>/fd` names them. */
async function connectionsTo(port: number): Promise<Set<string>> {
  const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((row) => row.trim().split(/ +/));
  const isOfPort = (address = '') => Number.parseInt(address.split(':')[1] ?? '', 16) === port;
  const connections = rows.filter((row) => isOfPort(row[LOCAL_ADDRESS]) && row[STATE] !== LISTENING);
  return new Set(connections.map((row) => `socket:[${row[INODE]}]`));
}

/** UDP ports of this machine that are bound within a range, both ends included. */
export async function boundUdpPorts({ from, to }: { from: number; to: number }): Promise<number[]> {
  const tables = await Promise.all(['udp', 'udp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8')));
  return tables
    .flatMap((table) => [...table.matchAll(/^ *\d+: [0-9A-F]+:([0-9A-F]{4}) /gm)])
    .map(([, hex = '']) => Number.parseInt(hex, 16))
    .filter((port) => port >= from && port <= to);
}

/** The exchange's own figures: the sum over all labels of each name. */
export async function metricsOf(server: ServerProcess): Promise<Map<string, number>> {
  const text = await (await fetch(`${server.httpUrl}/metrics`)).text();
  const sums = new Map<string, number>();
  for (const [, name = '', value] of text.matchAll(/^(\w+)(?:\{[^}]*\})? ([-+.\deE]+)$/gm))
    sums.set(name, (sums.get(name) ?? 0) + Number(value));
  return sums;
}

/** Rise of a straight line through points (least squares), in units of y per unit of x. */
export function slope(points: readonly { x: number; y: number }[]): number {
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  const covariance = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
}
