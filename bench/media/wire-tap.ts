/** When packets pass the loopback interface, by the kernel's own times, which no busy receiver blurs. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { ReceivedStream } from './received-stream.ts';

/** Of a packet no more than its headers is kept: Ethernet, IP without options, UDP, RTP. */
const ETHERNET_BYTES = 14;
const IP_BYTES = 20;
const UDP_BYTES = 8;
const RTP_BYTES = 12;
const SNAPSHOT_BYTES = ETHERNET_BYTES + IP_BYTES + UDP_BYTES + RTP_BYTES;
/** KiB that the kernel holds while tcpdump waits for its turn: seconds of 400 calls. */
const KERNEL_BUFFER_KIB = 65_536;
/** A capture file: its magic number with times in nanoseconds, and the lengths of its headers (draft-ietf-opsawg-pcap). */
const NANOSECOND_MAGIC = 0xa1b23c4d;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

type Tcpdump = ChildProcessByStdio<null, Readable, Readable>;

/** Captures what is sent from the even ports of a range, where RTP is. */
export class WireTap {
  readonly #tcpdump: Tcpdump;
  readonly #chunks: Buffer[] = [];
  readonly #ended: Promise<unknown>;

  private constructor(tcpdump: Tcpdump) {
    this.#tcpdump = tcpdump;
    // Awaited from the start: it may have died before it is stopped.
    this.#ended = once(tcpdump, 'close');
    tcpdump.stdout.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
  }

  /** @throws where tcpdump is missing or may not capture. */
  static async start({ from, to }: { from: number; to: number }): Promise<WireTap> {
    const tcpdump = spawn(
      'tcpdump',
      [
        ...['-i', 'lo', '-n', '-w', '-', '--time-stamp-precision=nano'],
        ...['-s', String(SNAPSHOT_BYTES), '-B', String(KERNEL_BUFFER_KIB)],
        `udp src portrange ${from}-${to} and udp[1] & 1 = 0`,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let said = '';
    await new Promise<void>((resolve, reject) => {
      tcpdump.once('error', () =>
        reject(new Error('tcpdump is missing: install the Debian package tcpdump')),
      );
      tcpdump.once('exit', () => reject(new Error(`tcpdump cannot capture: ${said.trim()}`)));
      tcpdump.stderr.on('data', (text: Buffer) => {
        said += text.toString();
        if (said.includes('listening on')) resolve();
      });
    });
    return new WireTap(tcpdump);
  }

  /** Ends the capture. @returns for each call how long after 20 ms, or before, its packets followed each other, in milliseconds. */
  async stop(): Promise<number[]> {
    this.#tcpdump.kill('SIGINT');
    await this.#ended;
    return deviationsMs(Buffer.concat(this.#chunks));
  }
}

function deviationsMs(capture: Buffer): number[] {
  if (capture.readUInt32LE(0) !== NANOSECOND_MAGIC)
    throw new Error('tcpdump wrote a capture of another form');
  const streams = new Map<number, ReceivedStream>();
  for (let at = FILE_HEADER_BYTES; at + RECORD_HEADER_BYTES <= capture.length; ) {
    const atMs = capture.readUInt32LE(at) * 1e3 + capture.readUInt32LE(at + 4) / 1e6;
    const length = capture.readUInt32LE(at + 8);
    const packet = capture.subarray(at + RECORD_HEADER_BYTES, at + RECORD_HEADER_BYTES + length);
    at += RECORD_HEADER_BYTES + length;
    if (packet.length < SNAPSHOT_BYTES) continue;
    const port = packet.readUInt16BE(ETHERNET_BYTES + IP_BYTES);
    let stream = streams.get(port);
    if (!stream) {
      stream = new ReceivedStream();
      stream.measuring = true;
      streams.set(port, stream);
    }
    stream.take(packet.subarray(ETHERNET_BYTES + IP_BYTES + UDP_BYTES), atMs);
  }
  return [...streams.values()].flatMap((stream) => stream.deviationsMs);
}
