import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newRtpPacket, RTP_HEADER_BYTES, readRtpPacket, writeRtpHeader } from './rtp-packet.ts';

function datagram(payload: number[] = [1, 2, 3]): Buffer {
  const bytes = Buffer.alloc(RTP_HEADER_BYTES + payload.length);
  writeRtpHeader(bytes, true, 96, 0xfffe, 0xfffffff0, 0xdeadbeef);
  bytes.set(payload, RTP_HEADER_BYTES);
  return bytes;
}

describe('RTP packet', () => {
  it('reads back what was written', () => {
    const packet = newRtpPacket();
    assert.ok(readRtpPacket(datagram(), packet));
    assert.deepEqual(packet, {
      marker: true,
      payloadType: 96,
      sequence: 0xfffe,
      timestamp: 0xfffffff0,
      ssrc: 0xdeadbeef,
      payloadOffset: 12,
      payloadLength: 3,
    });
  });

  it('finds the payload behind CSRCs and an extension, and before padding', () => {
    const packet = newRtpPacket();
    const bytes = Buffer.concat([
      datagram([]),
      Buffer.alloc(8),
      Buffer.from([0xbe, 0xde, 0, 1, 0, 0, 0, 0]),
      Buffer.from([7, 7, 7, 7, 7, 0, 0, 3]),
    ]);
    bytes[0] = 0x80 | 0x20 | 0x10 | 2;
    assert.ok(readRtpPacket(bytes, packet));
    assert.equal(packet.payloadOffset, 12 + 8 + 8);
    assert.equal(packet.payloadLength, 5);
  });

  for (const [what, change] of [
    ['a datagram shorter than a header', () => Buffer.alloc(11, 0x80)],
    ['one longer than a frame of Ethernet', () => Buffer.concat([datagram(), Buffer.alloc(1500)])],
    ['another version', () => datagram().fill(0x40, 0, 1)],
    ['CSRCs beyond the end', () => datagram().fill(0x8f, 0, 1)],
    ['an extension beyond the end', () => datagram([0, 0, 0xff, 0xff]).fill(0x90, 0, 1)],
    ['an extension cut off', () => datagram([0, 0]).fill(0x90, 0, 1)],
    ['padding of zero', () => datagram([1, 0]).fill(0xa0, 0, 1)],
    ['padding longer than the payload', () => datagram([1, 200]).fill(0xa0, 0, 1)],
  ] as const)
    it(`refuses ${what}`, () => assert.equal(readRtpPacket(change(), newRtpPacket()), false));
});
