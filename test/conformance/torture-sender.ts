import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a stream may stay silent before its sender takes it that no answer comes, in milliseconds. */
const SILENCE_MS = 150;
/** How long an answer that must come may take, in milliseconds. */
const ANSWER_LIMIT_MS = 5_000;
const SIP_PORT = 5060;
const PROBE_CALL_ID = 'probe-of-the-torture-tests';

/** Statuses that came back for a message, and the one for the sound OPTIONS that was sent after it. */
export interface Answers {
  statuses: number[];
  probe: number;
}

/**
 * Sends a message in one datagram, then an OPTIONS. The sender has an address of loopback to itself, and the port that the
 * message's Via names: without `rport` that is where the answer goes (RFC 3261 section 18.2.2).
 */
export async function sendByUdp(message: Buffer, from: string, port: number): Promise<Answers> {
  const socket = createSocket('udp4');
  socket.bind({ address: from, port: sentByPort(message), exclusive: true });
  await once(socket, 'listening');
  try {
    const answers: string[] = [];
    const probed = new Promise<string>((resolve) => {
      socket.on('message', (datagram) => {
        const text = datagram.toString('latin1');
        if (isProbes(text)) resolve(text);
        else answers.push(text);
      });
    });
    socket.send(message, port, '127.0.0.1');
    socket.send(probe('UDP', `${from}:${socket.address().port}`), port, '127.0.0.1');
    return { probe: statusOf(await within(probed)), statuses: answers.map(statusOf) };
  } finally {
    socket.close();
  }
}

/** Sends a message on a connection, then an OPTIONS on another: the first may be closed, or wait for more of a body. */
export async function sendByTcp(message: Buffer, from: string, port: number): Promise<Answers> {
  const statuses = await answersOnStream(message, from, port);
  const [answer] = await answersOnStream(probe('TCP', `${from}:${SIP_PORT}`), from, port);
  return { statuses, probe: answer ?? Number.NaN };
}

/** What comes on a connection until it is closed, or silent for {@link SILENCE_MS}. */
async function answersOnStream(bytes: Buffer, from: string, port: number): Promise<number[]> {
  const stream = connect({ port, host: '127.0.0.1', localAddress: from });
  await once(stream, 'connect');
  let text = '';
  let heardAt = performance.now();
  let isClosed = false;
  stream.on('data', (data) => {
    text += data.toString('latin1');
    heardAt = performance.now();
  });
  // A connection that is reset is one that is closed.
  stream.on('error', () => {});
  stream.on('close', () => {
    isClosed = true;
  });
  stream.write(bytes);
  while (!isClosed && performance.now() - heardAt < SILENCE_MS) await sleep(5);
  stream.destroy();
  return [...text.matchAll(/^SIP\/2\.0 (\d{3}) /gm)].map(([, status]) => Number(status));
}

function probe(protocol: 'UDP' | 'TCP', sentBy: string): Buffer {
  return Buffer.from(
    [
      'OPTIONS sip:probe@127.0.0.1 SIP/2.0',
      `Via: SIP/2.0/${protocol} ${sentBy};rport;branch=z9hG4bK${Math.random().toString(36).slice(2)}`,
      'Max-Forwards: 70',
      'From: <sip:tester@127.0.0.1>;tag=1',
      'To: <sip:probe@127.0.0.1>',
      `Call-ID: ${PROBE_CALL_ID}`,
      'CSeq: 1 OPTIONS',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  );
}

/** The port of the first Via, however it is folded. */
function sentByPort(message: Buffer): number {
  const unfolded = message.toString('latin1').replace(/\r\n[ \t]+/g, ' ');
  const [, port] =
    /^(?:via|v)\s*:[^,\r\n]*?\/\s*\w+\s+(?:\[[^\]]*\]|[^\s:;,]+)\s*(?::\s*(\d+))?/im.exec(unfolded) ?? [];
  return Number(port ?? SIP_PORT);
}

function isProbes(text: string): boolean {
  return text.includes(`Call-ID: ${PROBE_CALL_ID}`);
}

function statusOf(text: string): number {
  return Number(/^SIP\/2\.0 (\d{3}) /.exec(text)?.[1]);
}

async function within<T>(answer: Promise<T>): Promise<T> {
  const late = new AbortController();
  const limit = sleep(ANSWER_LIMIT_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error(`no answer within ${ANSWER_LIMIT_MS} ms`);
  });
  try {
    return await Promise.race([answer, limit]);
  } finally {
    late.abort();
    limit.catch(() => {});
  }
}
