import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CounterCipher } from './counter-cipher.ts';
import { deriveSessionKeys } from './session-keys.ts';
import { SrtpReceiver } from './srtp-receiver.ts';
import { SrtpSender } from './srtp-sender.ts';
import { SrtpSession } from './srtp-session.ts';

/** The master key and salt of RFC 3711 appendix B.3. */
const MASTER = Buffer.from('e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6', 'hex');
const OTHER = Buffer.from(MASTER.map((octet) => octet ^ 0x55));
const SUITE = 'AES_CM_128_HMAC_SHA1_80';
const SHORT_SUITE = 'AES_CM_128_HMAC_SHA1_32';
const SSRC = 0xcafebabe;

function rtp(sequence: number, payload = 'spoken words', ssrc = SSRC): Buffer {
  const packet = Buffer.alloc(12 + payload.length);
  packet[0] = 0x80;
  packet.writeUInt16BE(sequence, 2);
  packet.writeUInt32BE(ssrc, 8);
  packet.write(payload, 12);
  return packet;
}

function protect(sender: SrtpSender, packet: Buffer): Buffer {
  const buffer = Buffer.concat([packet, Buffer.alloc(10)]);
  return buffer.subarray(0, sender.protect(buffer, packet.length));
}

const opened = (receiver: SrtpReceiver, packet: Buffer): string => {
  const inside = receiver.open(Buffer.from(packet));
  return typeof inside === 'string' ? inside : inside.toString('latin1', 12);
};

describe('SRTP', () => {
  it('makes the key stream of RFC 3711 appendix B.2', () => {
    const cipher = new CounterCipher({
      cipher: Buffer.from('2b7e151628aed2a6abf7158809cf4f3c', 'hex'),
      salt: Buffer.from('f0f1f2f3f4f5f6f7f8f9fafbfcfd', 'hex'),
    });
    const bytes = Buffer.alloc(48);
    cipher.apply(bytes, 0, bytes.length, 0, 0);
    assert.equal(
      bytes.toString('hex'),
      'e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0',
    );
  });

  it('derives the session keys of RFC 3711 appendix B.3', () => {
    const { cipher, salt, authentication } = deriveSessionKeys(MASTER, 'rtp');
    assert.equal(cipher.toString('hex'), 'c61e7a93744f39ee10734afe3ff7a087');
    assert.equal(salt.toString('hex'), '30cbbc08863d8c85d49db34a9ae1');
    assert.equal(authentication.export().toString('hex'), 'cebe321f6ff7716b6fd4ab49af256a156d38baa4');
    assert.throws(() => deriveSessionKeys(MASTER.subarray(1), 'rtp'), RangeError);
  });

  it('protects RTP and RTCP as other implementations do', () => {
    const sender = new SrtpSender(SUITE, MASTER);
    const packet = Buffer.from(`800f1234decafbadcafebabe${'ab'.repeat(16)}`, 'hex');
    assert.equal(
      protect(sender, packet).toString('hex'),
      '800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb',
    );
    const report = Buffer.from(`81c8000bcafebabe${'ab'.repeat(16)}`, 'hex');
    assert.equal(
      sender.protectRtcp(report).toString('hex'),
      '81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798',
    );
  });

  for (const [suite, tagBytes] of [
    [SUITE, 10],
    [SHORT_SUITE, 4],
  ] as const)
    it(`opens what was protected with ${suite}, once, and nothing that was changed`, () => {
      const sender = new SrtpSender(suite, MASTER);
      const receiver = new SrtpReceiver(suite, MASTER);
      const packet = protect(sender, rtp(100));
      assert.equal(packet.length, 12 + 'spoken words'.length + tagBytes);
      assert.ok(!packet.includes('spoken'), 'it is enciphered');
      for (let at = 1; at < packet.length; at += 1) {
        const changed = Buffer.from(packet);
        changed[at] = (changed[at] as number) ^ 1;
        assert.equal(opened(receiver, changed), 'not-authentic', `octet ${at}`);
      }
      assert.equal(opened(receiver, packet), 'spoken words');
      assert.equal(opened(receiver, packet), 'replayed');
      assert.equal(opened(new SrtpReceiver(suite, OTHER), packet), 'not-authentic');
    });

  it('takes packets in any order within its window, over the turn of the sequence number and many of them', () => {
    const sender = new SrtpSender(SUITE, MASTER);
    const receiver = new SrtpReceiver(SUITE, MASTER);
    const packets: Buffer[] = [];
    for (let i = 0; i < 200_000; i += 1) {
      const packet = rtp((65_000 + i) & 0xffff, 'x');
      if (i % 1_000 < 20) packets.push(protect(sender, packet));
      else protect(sender, packet);
    }
    assert.equal(sender.rollOvers, 4);
    const shuffled = packets.map((_, i) => packets[i ^ 3] as Buffer);
    assert.ok(shuffled.every((packet) => opened(receiver, packet) === 'x'));
    assert.equal(opened(receiver, packets[0] as Buffer), 'replayed');
  });

  it('refuses what is older than its window, whether it has come before or not', () => {
    const sender = new SrtpSender(SUITE, MASTER);
    const receiver = new SrtpReceiver(SUITE, MASTER);
    const [first, ...rest] = Array.from({ length: 200 }, (_, i) => protect(sender, rtp(i, 'x')));
    for (const packet of rest) opened(receiver, packet);
    assert.equal(opened(receiver, first as Buffer), 'replayed');
  });

  it('refuses what is no packet', () => {
    const receiver = new SrtpReceiver(SHORT_SUITE, MASTER);
    const hollow = Buffer.concat([rtp(1, ''), Buffer.alloc(4)]);
    hollow[0] = 0x9f;
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(15), hollow, Buffer.alloc(1501, 0x80)])
      assert.equal(receiver.open(bytes), 'malformed');
    assert.equal(receiver.openRtcp(Buffer.alloc(21)), 'malformed');
  });

  it('opens RTCP once, enciphered or only authenticated, and not with another key', () => {
    const sender = new SrtpSender(SUITE, MASTER);
    const receiver = new SrtpReceiver(SUITE, MASTER);
    const report = Buffer.from('80c90001cafebabe', 'hex');
    const packet = sender.protectRtcp(report);
    assert.equal(new SrtpReceiver(SUITE, OTHER).openRtcp(Buffer.from(packet)), 'not-authentic');
    assert.deepEqual(receiver.openRtcp(Buffer.from(packet)), report);
    assert.equal(receiver.openRtcp(Buffer.from(packet)), 'replayed');
  });
});

describe('An SRTP session', () => {
  const keying = (send: Buffer, receive: Buffer) => ({
    suite: SUITE as typeof SUITE,
    sendKey: send,
    receiveKey: receive,
  });

  it('opens packets of the old key until the first of the new one, then no more', () => {
    const session = new SrtpSession();
    session.configure(keying(OTHER, MASTER));
    const before = new SrtpSender(SUITE, MASTER);
    assert.ok(session.open(protect(before, rtp(1))));
    session.configure(keying(OTHER, OTHER));
    assert.ok(session.open(protect(before, rtp(2))));
    assert.ok(session.open(protect(new SrtpSender(SUITE, OTHER), rtp(3))));
    assert.equal(session.open(protect(before, rtp(4))), undefined);
    assert.equal(session.authenticationFailures, 1);
  });

  it('counts on where the keys stay, so that an old packet is still a replay', () => {
    const session = new SrtpSession();
    session.configure(keying(MASTER, MASTER));
    const packet = protect(new SrtpSender(SUITE, MASTER), rtp(1));
    assert.ok(session.open(Buffer.from(packet)));
    assert.equal(session.configure(keying(MASTER, MASTER)), false);
    assert.equal(session.open(packet), undefined);
    assert.equal(session.replayed, 1);
  });

  it('follows a peer whose roll-over counter goes on under a new key', () => {
    const session = new SrtpSession();
    session.configure(keying(OTHER, MASTER));
    const before = new SrtpSender(SUITE, MASTER);
    for (const sequence of [40_000, 65_535, 5]) assert.ok(session.open(protect(before, rtp(sequence))));
    const next = new SrtpSender(SUITE, OTHER);
    next.rollOvers = before.rollOvers;
    session.configure(keying(OTHER, OTHER));
    assert.ok(session.open(protect(next, rtp(6))));
  });

  it('asks for a new SSRC under a new key once its own counter has turned', () => {
    const session = new SrtpSession();
    session.configure(keying(MASTER, MASTER));
    for (const sequence of [65_535, 0]) {
      const packet = Buffer.concat([rtp(sequence), Buffer.alloc(10)]);
      session.protect(packet, packet.length - 10);
    }
    assert.equal(session.configure(keying(OTHER, MASTER)), true);
  });

  it('passes everything as it is without keys', () => {
    const session = new SrtpSession();
    const packet = rtp(1);
    assert.equal(session.protect(packet, packet.length), packet.length);
    assert.equal(session.open(packet), packet);
  });
});
