import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ntpMiddle, readRtcp, writeRtcp } from './rtcp-packet.ts';

const report = {
  ssrc: 0xcafe0001,
  fractionLost: 64,
  cumulativeLost: -3,
  extendedHighestSequence: 0x10005,
  jitter: 77,
  lastSenderReport: 0x12345678,
  delaySinceLastSenderReport: 65_536,
};
const sentAt = Date.UTC(2026, 0, 2, 3, 4, 5) + 250;
const senderInfo = { sentAt, rtpTimestamp: 0xfffffff0, packets: 10, octets: 1600 };

describe('RTCP', () => {
  it('reads back a sender report with its report block', () => {
    const bytes = writeRtcp({ ssrc: 0xdeadbeef, cname: 'abc', senderInfo, report });
    assert.deepEqual(readRtcp(bytes), {
      ssrc: 0xdeadbeef,
      senderReportNtp: ntpMiddle(sentAt),
      reports: [report],
    });
  });

  it('reads back a receiver report without blocks', () => {
    assert.deepEqual(readRtcp(writeRtcp({ ssrc: 5, cname: 'abcd' })), { ssrc: 5, reports: [] });
  });

  it('lays out report, description and goodbye as RFC 3550 does', () => {
    const bytes = writeRtcp({ ssrc: 5, cname: 'xy', goodbye: true });
    assert.equal(
      bytes.toString('hex'),
      `80c90001${'00000005'}` + `81ca0003${'00000005'}01027879${'00000000'}` + `81cb0001${'00000005'}`,
    );
  });

  it('counts NTP in units of 1/65536 s', () => {
    assert.equal(ntpMiddle(sentAt) & 0xffff, 16_384);
    assert.equal((ntpMiddle(sentAt + 1000) - ntpMiddle(sentAt)) >>> 0, 65_536);
  });

  it('refuses every cut of a packet, other versions, and one that begins with no report', () => {
    const bytes = writeRtcp({ ssrc: 1, cname: 'abc', senderInfo, report });
    const ends = new Set([52, bytes.length]);
    for (let length = 0; length < bytes.length; length += 1)
      if (!ends.has(length)) assert.equal(readRtcp(bytes.subarray(0, length)), undefined, `length ${length}`);
    assert.equal(readRtcp(Buffer.from(bytes).fill(0x41, 0, 1)), undefined);
    assert.equal(readRtcp(bytes.subarray(52)), undefined);
    assert.equal(readRtcp(Buffer.from(bytes).fill(0x9f, 0, 1)), undefined, 'more blocks than there are');
  });
});
