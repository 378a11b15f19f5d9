import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket as TcpSocket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { RawCaller } from '../support/raw-caller.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant } from '../support/test-agents.ts';
import { makeTrunk, trunkOf } from '../support/trunk-scene.ts';
import { UdpRegistrar } from '../support/udp-registrar.ts';
import { until } from '../support/until.ts';

const HOST = '127.0.0.1';
/** A ping of RFC 5626 section 3.5.1, and its answer. */
const PING = '\r\n\r\n';
const PONG = '\r\n';
/** New calls a second that one source may make; far fewer than the keep-alives that are sent here, which fit into a socket's buffer. */
const SOURCE_CPS = '20';
const FLOOD = 100;
/** A UDP flow is pinged after 24 to 29 s. */
const OUR_PING_LIMIT_MS = 40_000;

let exchange: RunningExchange;
let numberId: string;
/** Takes the audio of the calls and does not listen. */
let audio: UdpSocket;

before(async () => {
  exchange = await startExchange({ OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8', OFFHOOK_SOURCE_CPS: SOURCE_CPS });
  ({ numberId } = await exchange.numberWith('desk', assistant({ firstMessage: 'Hello.' })));
  audio = createSocket('udp4').bind(0, HOST);
  await once(audio, 'listening');
});
after(async () => {
  audio.close();
  await exchange.stop();
});

/** A request of one call over TCP, by hand. */
function request(method: string, sequence: number, socket: TcpSocket, toTag = ''): string {
  const { port } = audio.address();
  const sdp = `v=0\r\no=- 1 1 IN IP4 ${HOST}\r\ns=-\r\nc=IN IP4 ${HOST}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`;
  const body = method === 'INVITE' ? sdp : '';
  return [
    `${method} ${exchange.uri('desk')} SIP/2.0`,
    `Via: SIP/2.0/TCP ${HOST}:${socket.localPort};branch=z9hG4bK${method}${sequence}`,
    'Max-Forwards: 70',
    `From: <sip:raw@${HOST}>;tag=raw`,
    `To: <${exchange.uri('desk')}>${toTag}`,
    'Call-ID: keep-alive',
    `CSeq: ${sequence} ${method}`,
    `Contact: <sip:raw@${HOST}:${socket.localPort};transport=tcp>`,
    ...(body && ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

describe('keep-alives of a peer', () => {
  test('are answered over TCP, whole or in pieces, before a call and in one, which goes on', async (context) => {
    const socket = connect(exchange.offhook.sipPort, HOST);
    context.after(() => socket.destroy());
    await once(socket, 'connect');
    let text = '';
    socket.setNoDelay(true).on('data', (chunk) => {
      text += chunk;
    });
    /** What has come since the last time, once it is all there. */
    const next = async (what: string, isThere: (text: string) => boolean) => {
      const found = await until(what, () => isThere(text) && text);
      text = '';
      return found;
    };
    socket.write(PING);
    assert.equal(await next('a pong', (found) => found.length > 0), PONG);
    socket.write(request('INVITE', 1, socket));
    const answer = await next('the answer', (found) => /SIP\/2\.0 200 [\s\S]*m=audio/.test(found));
    const toTag = /^To:.*(;tag=[^\r;]+)/m.exec(answer)?.[1];
    socket.write(request('ACK', 1, socket, toTag));
    socket.write(PING + PING);
    assert.equal(await next('two pongs', (found) => found.length >= 2 * PONG.length), PONG + PONG);
    for (const byte of PING) {
      assert.equal(text, '', 'a ping that is not all there');
      socket.write(byte);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(await next('a pong', (found) => found.length > 0), PONG);
    assert.equal((await exchange.callTo(numberId))?.status, 'in-progress');
    socket.write(PING + request('BYE', 2, socket, toTag));
    const ended = await next('the end', (found) => found.endsWith('\r\n\r\n'));
    assert.match(ended, /^\r\nSIP\/2\.0 200 .*\r\n/, 'a pong, and the answer to the BYE');
    assert.equal((await exchange.endedCall(numberId)).endedReason, 'customer-ended-call');
  });

  const STUN = Buffer.concat([Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]), randomBytes(12)]);
  for (const [name, datagram] of [
    ['one line end', Buffer.from('\r\n')],
    ['two line ends', Buffer.from(PING)],
    ['a NUL', Buffer.from([0])],
    ['a binding request of STUN', STUN],
    ['nothing', Buffer.alloc(0)],
  ] as const)
    test(`of ${name} over UDP get no answer, however many, and stand in the way of no call`, async () => {
      const caller = await RawCaller.open(exchange.offhook.sipPort);
      try {
        for (let count = 0; count < FLOOD; count += 1) caller.send(datagram);
        const { status } = await caller.invite(exchange.uri('desk'));
        assert.equal(status, 200);
        assert.equal(caller.strange, 0, 'nothing but SIP came back');
      } finally {
        caller.close();
      }
    });
});

test('the exchange keeps the way from its registrar open over UDP by two line ends', async (context) => {
  const registrar = await UdpRegistrar.open(HOST);
  context.after(() => registrar.close());
  const plan = { authUsername: 'ann', authPassword: 'secret', sipRegisterPlan: {} };
  const trunkId = await makeTrunk(exchange, {
    gateways: [{ ip: HOST, port: registrar.port }],
    credential: { outboundAuthenticationPlan: plan },
  });
  await until('the trunk is registered', async () => {
    const { registration } = await trunkOf(exchange, trunkId);
    return registration?.state === 'registered';
  });
  assert.deepEqual(registrar.others, []);
  await until('a ping', () => registrar.others.length > 0, OUR_PING_LIMIT_MS);
  assert.deepEqual(registrar.others, [PING]);
});
