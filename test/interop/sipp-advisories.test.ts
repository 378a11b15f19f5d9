import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { createUserAgent, type SessionEnd } from '../../src/sip/index.ts';
import { needsPeer } from '../support/peers.ts';
import { type RunningExchange, startExchange, TEST_KEY } from '../support/running-exchange.ts';
import { runSipp, type SippRun, startSippOperator } from '../support/sipp.ts';
import { makeTrunk, makeTrunkNumber } from '../support/trunk-scene.ts';
import { until } from '../support/until.ts';

const HOST = '127.0.0.1';
const TRANSPORTS = ['udp', 'tcp'] as const;
const GREETING = { firstMessage: 'Hello.' };
const FAREWELL = { firstMessage: 'Thank you, goodbye.', endCallPhrases: ['goodbye'] };
const BY_CALLER = 'customer-ended-call';
/** REGISTERs of a flood. */
const FLOOD = 500;
/** Calls of a flood, and how many of them may ring at a time. */
const RINGING_FLOOD = 60;
const HALF_OPEN_CALLS = 20;
/** Idle connections: about as many as used up the sockets of AST-2016-005. */
const IDLE_CONNECTIONS = 100;
/** So that 64 * T1, after which nobody waits for an ACK any more, are some seconds. */
const SHORT_T1_MS = 50;
const SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n';
/** Packets of an attack on the media of one call. */
const BAD_PACKETS = 100;
/** How long a socket that should hear nothing is listened to, in milliseconds. */
const SILENCE_MS = 500;

/** Those that one run over each transport shows; the title begins with the advisory. */
const CALLS: Record<string, string> = {
  'advisory-invalid-fmtp': 'ES2018-01 (AST-2018-003): format parameters that say nothing are passed over',
  'advisory-ptime-overflow': 'CVE-2026-41416: a packet time that overflows is not taken',
};
const REFUSALS: Record<string, string> = {
  'advisory-huge-content-length': 'sipgo a7be60a and 769e4bc: a Content-Length of 2 GB gets 400',
  'advisory-space-before-colon': 'CVE-2020-28361: white space before a colon hides no header',
  'advisory-message-unauthenticated': 'CVE-2021-37624: a MESSAGE of a stranger gets 405',
  'advisory-subscribe-unauthenticated': 'CVE-2021-41157 (ES2021-08): a SUBSCRIBE of a stranger gets 405',
  'advisory-subscribe-many-accepts': 'CVE-2018-7284 (ES2018-03): 60 Accept headers of a SUBSCRIBE do no harm',
};

/** A DTLS ClientHello record, its body left out (RFC 6347 section 4.1). */
const CLIENT_HELLO = Buffer.from('16fefd0000000000000000003101000025000000000000000025fefd', 'hex');

describe('advisories that other exchanges had, by sipp', { concurrency: 6, ...needsPeer('sipp') }, () => {
  let exchange: RunningExchange;
  const run = (
    scenario: string,
    user: string,
    more: Partial<Parameters<typeof runSipp>[0]> = {},
  ): Promise<SippRun> => runSipp({ scenario, user, port: exchange.offhook.sipPort, ...more });

  before(async () => {
    exchange = await startExchange({ OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8', OFFHOOK_SOURCE_CPS: '10000' });
  });
  after(async () => {
    try {
      await until('no call is left over', () => exchange.offhook.activeCalls === 0);
    } finally {
      await exchange.stop();
    }
  });

  for (const transport of TRANSPORTS) {
    for (const [scenario, title] of Object.entries(CALLS)) {
      test(`${title} over ${transport}`, async () => {
        const user = `${scenario}-${transport}`;
        const { numberId } = await exchange.numberWith(user, GREETING);
        await run(scenario, user, { transport });
        assert.equal((await exchange.endedCall(numberId)).endedReason, BY_CALLER);
      });
    }

    for (const [scenario, title] of Object.entries(REFUSALS)) {
      test(`${title} over ${transport}`, async () => {
        const user = `${scenario}-${transport}`;
        const { numberId } = await exchange.numberWith(user, GREETING);
        await run(scenario, user, { transport });
        assert.equal(await exchange.callTo(numberId), undefined);
      });
    }

    test(`ES2018-02 (AST-2018-002): a format that is no payload type is refused over ${transport}`, async () => {
      const user = `format-${transport}`;
      const { numberId } = await exchange.numberWith(user, GREETING);
      await run('advisory-invalid-format', user, { transport });
      assert.equal(await exchange.callTo(numberId), undefined);
    });

    test(`CVE-2021-41158: our BYE that is challenged gets no credentials over ${transport}`, async () => {
      const account = { authUsername: 'trunk1', authPassword: 'trunk-password-of-the-tests' };
      await makeTrunk(exchange, { credential: { outboundAuthenticationPlan: account } });
      const user = `challenger-${transport}`;
      const { numberId } = await exchange.numberWith(user, FAREWELL);
      const { messages } = await run('advisory-bye-challenged', user, { transport });
      await exchange.endedCall(numberId);
      assert.ok(!messages.some(({ text }) => /Authorization:|trunk1/.test(text)));
    });

    test(`Twilio 32203: a stranger dials no premium number, in a call neither, over ${transport}`, async () => {
      const user = `toll-${transport}`;
      const { numberId } = await exchange.numberWith(user, GREETING);
      await run('advisory-toll-fraud', user, { transport });
      const { id, endedReason } = await exchange.endedCall(numberId);
      assert.equal(endedReason, BY_CALLER);
      const types = (await exchange.timeline(id)).map(({ type }) => type);
      assert.ok(!types.some((type) => type.startsWith('transfer.')), types.join());
    });

    test(`CVE-2021-41145: a flood of REGISTERs leaves no state over ${transport}`, async () => {
      const userAgent = createUserAgent({
        bindAddress: HOST,
        port: 0,
        handlers: { admit: () => 'accept', onInvite: (session) => session.reject(403) },
      });
      await userAgent.start();
      try {
        const flood = { scenario: 'advisory-register-flood', user: 'anybody', transport, calls: FLOOD };
        const { messages } = await runSipp({ ...flood, port: userAgent.udpPort });
        const refused = messages.filter(({ text }) => text.startsWith('SIP/2.0 405'));
        assert.equal(refused.length, FLOOD);
        assert.equal(userAgent.transactionShare, 0);
        assert.equal(userAgent.sessionCount, 0);
      } finally {
        await userAgent.close();
      }
    });

    test(`CVE-2020-28327: of a flood of INVITEs only so many ring over ${transport}`, async () => {
      let most = 0;
      const userAgent = createUserAgent({
        bindAddress: HOST,
        port: 0,
        halfOpenLimits: { perSource: HALF_OPEN_CALLS },
        handlers: {
          admit: () => 'accept',
          onInvite(session) {
            session.ring();
            most = Math.max(most, userAgent.sessionCount);
          },
        },
      });
      await userAgent.start();
      try {
        const flood = { scenario: 'advisory-invite-flood', user: 'anybody', transport, calls: RINGING_FLOOD };
        const { messages } = await runSipp({ ...flood, port: userAgent.udpPort });
        const shed = messages.filter(({ text }) => text.startsWith('SIP/2.0 503'));
        assert.equal(shed.length, RINGING_FLOOD - HALF_OPEN_CALLS);
        assert.equal(most, HALF_OPEN_CALLS);
      } finally {
        await userAgent.close();
      }
    });

    test(`sipgo 409d482: a name with line ends in it makes no header over ${transport}`, async () => {
      const operator = await startSippOperator({ scenario: 'advisory-header-injection', transport });
      const trunkId = await makeTrunk(exchange, {
        gateways: [{ ip: HOST, port: operator.port, outboundProtocol: transport }],
      });
      const number = transport === 'udp' ? '+14155550191' : '+14155550192';
      const phoneNumberId = await makeTrunkNumber(exchange, trunkId, { number });
      const customer = { number: '+12125550199', name: 'Ann\r\nX-Injected: yes' };
      const response = await fetch(`${exchange.offhook.httpUrl}/call`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ phoneNumberId, customer, assistant: GREETING }),
      });
      assert.equal(response.status, 201, await response.text());
      const { messages } = await operator.finished;
      const [invite] = messages.filter(({ text }) => text.startsWith('INVITE '));
      assert.ok(invite && !/^X-Injected/m.test(invite.text), invite?.text);
    });
  }

  test('CVE-2018-7286: a connection that closes behind its INVITE takes nothing with it', async () => {
    const ends: SessionEnd[] = [];
    const userAgent = createUserAgent({
      bindAddress: HOST,
      port: 0,
      timers: { t1Ms: SHORT_T1_MS },
      handlers: {
        admit: () => 'accept',
        onInvite(session) {
          session.ended.on((end) => ends.push(end));
          // It rejects where no ACK comes, which the session's end tells as well.
          session.accept(SDP).catch(() => {});
        },
      },
    });
    await userAgent.start();
    try {
      const call = { user: 'anybody', transport: 'tcp', port: userAgent.tcpPort } as const;
      await runSipp({ ...call, scenario: 'advisory-sudden-close', calls: 10 });
      await runSipp({ ...call, scenario: 'caller-hangs-up' });
      await until('every session has ended', () => userAgent.sessionCount === 0);
      assert.equal(ends.filter(({ by }) => by === 'failure').length, 10);
      assert.equal(ends.filter(({ by }) => by === 'peer').length, 1);
    } finally {
      await userAgent.close();
    }
  });

  test('AST-2016-005: idle connections keep nobody out', async () => {
    const { numberId } = await exchange.numberWith('patient', GREETING);
    const idle = Array.from({ length: IDLE_CONNECTIONS }, () => connect(exchange.offhook.sipPort, HOST));
    try {
      await Promise.all(idle.map((socket) => once(socket, 'connect')));
      await run('caller-hangs-up', 'patient', { transport: 'tcp' });
      assert.equal((await exchange.endedCall(numberId)).endedReason, BY_CALLER);
    } finally {
      for (const socket of idle) socket.destroy();
    }
  });

  test('CVE-2017-14099 and CVE-2025-53399: a stranger who sprays the media port hears nothing', async () => {
    const user = 'bled';
    const heard = await underFire(user, (index) => {
      const packet = Buffer.alloc(172, 0xff);
      packet.writeUInt16BE(0x8000, 0);
      packet.writeUInt16BE(index, 2);
      packet.writeUInt32BE(index * 160, 4);
      packet.writeUInt32BE(0xbadbad, 8);
      return packet;
    });
    assert.equal(heard, 0);
  });

  test('CVE-2021-41105: packets that cannot be read end no call', async () => {
    assert.equal(await underFire('sprayed', (index) => Buffer.alloc(40 + index, 0x80 + (index % 64))), 0);
  });

  test('CVE-2023-49786, -51443 and -51275: a DTLS hello from elsewhere changes nothing', async () => {
    assert.equal(await underFire('hello', () => CLIENT_HELLO), 0);
  });

  /** Sends packets to the media port of a call, which must go on. @returns how many came back */
  async function underFire(user: string, packet: (index: number) => Buffer): Promise<number> {
    const { numberId } = await exchange.numberWith(user, GREETING);
    const [ear, attacker] = await Promise.all([openSocket(HOST), openSocket('127.0.0.9')]);
    let earPackets = 0;
    let stolen = 0;
    let mediaPort = 0;
    ear.on('message', (_bytes, { port }) => {
      earPackets += 1;
      mediaPort = port;
    });
    attacker.on('message', () => {
      stolen += 1;
    });
    try {
      const keys = { ear: String(ear.address().port) };
      const running = run('advisory-call-under-fire', user, { keys });
      await until('the exchange speaks', () => mediaPort !== 0);
      for (let index = 0; index < BAD_PACKETS; index += 1) attacker.send(packet(index), mediaPort, HOST);
      await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
      const before = earPackets;
      await running;
      assert.ok(earPackets > before, 'who is in the call goes on hearing');
      assert.equal((await exchange.endedCall(numberId)).endedReason, BY_CALLER);
      return stolen;
    } finally {
      ear.close();
      attacker.close();
    }
  }
});

test(
  'svwar (enumeration): users that there are and those that there are not get the same answers to INVITE and OPTIONS',
  needsPeer('sipp'),
  async () => {
    const exchange = await startExchange({ OFFHOOK_UNKNOWN_USERS: 'challenge' });
    try {
      const authentication = { username: 'somebody-of-the-tests', password: 'rye & spelt & sourdough' };
      await exchange.numberWith('known', GREETING, { authentication });
      const { sipPort: port } = exchange.offhook;
      for (const transport of TRANSPORTS) {
        const challenges = new Set<string>();
        const options = new Set<string>();
        for (const user of ['known', 'nobody']) {
          const called = await runSipp({ scenario: 'advisory-enumeration', transport, user, port });
          challenges.add(shapeOf(called, 'SIP/2.0 401'));
          const asked = await runSipp({ scenario: 'options', transport, user, port });
          options.add(shapeOf(asked, 'SIP/2.0 200'));
        }
        assert.equal(challenges.size, 1, [...challenges].join('\n'));
        assert.equal(options.size, 1, [...options].join('\n'));
      }
    } finally {
      await exchange.stop();
    }
  },
);

/** The names of a response's headers, in order, and what it says of capabilities and challenges. */
function shapeOf({ messages }: SippRun, status: string): string {
  const response = messages.find(({ text }) => text.startsWith(status))?.text;
  assert.ok(response, `no ${status}`);
  const lines = response.split(/\r?\n/);
  const names = lines.map((line) => line.split(':')[0]);
  const words = lines.filter((line) => /^(WWW-Authenticate|Allow|Accept|Supported):/.test(line));
  return [...names, ...words].join().replace(/nonce="[^"]*"/g, '');
}

async function openSocket(address: string): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, address);
  await once(socket, 'listening');
  return socket;
}
