import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

const HOST = '127.0.0.1';
/** How long bytes are held back to leave together, in milliseconds: what a caller sends without a wait comes within it. */
const GATHER_MS = 150;

/** `split`: each byte in a segment of its own. `merged`: what comes together within a while, in one. */
export type Segmentation = 'split' | 'merged';

/** A TCP relay that cuts what callers send anew; what comes back it hands on as it is. */
export interface SegmentRelay {
  port: number;
  /** What it has written to the other side so far. */
  readonly bytes: number;
  readonly segments: number;
  close(): Promise<void>;
}

/** @param target port of this machine that it leads to */
export async function openSegmentRelay(target: number, segmentation: Segmentation): Promise<SegmentRelay> {
  const sockets = new Set<Socket>();
  const count = { bytes: 0, segments: 0 };
  const write = (socket: Socket, bytes: Buffer): void => {
    count.bytes += bytes.length;
    count.segments += 1;
    socket.write(bytes);
  };
  const server = createServer((caller) => {
    const far = connect(target, HOST);
    far.setNoDelay(true);
    for (const [socket, other] of [
      [caller, far],
      [far, caller],
    ] as const) {
      sockets.add(socket);
      socket.on('close', () => other.destroy());
      // The end of a connection is told by 'close'.
      socket.on('error', () => other.destroy());
    }
    far.on('data', (bytes) => caller.write(bytes));
    if (segmentation === 'split') void splitting(caller, (byte) => write(far, byte));
    else gathering(caller, (bytes) => write(far, bytes));
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get bytes() {
      return count.bytes;
    },
    get segments() {
      return count.segments;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function splitting(caller: Socket, write: (byte: Buffer) => void): Promise<void> {
  for await (const chunk of caller as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; at += 1) {
      write(chunk.subarray(at, at + 1));
      // Bytes that are written in one turn may leave in one segment.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function gathering(caller: Socket, write: (bytes: Buffer) => void): void {
  let held: Buffer[] = [];
  caller.on('data', (bytes) => {
    if (held.length === 0) {
      setTimeout(() => {
        write(Buffer.concat(held));
        held = [];
      }, GATHER_MS);
    }
    held.push(bytes);
  });
}
