import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, percentile } from '../../bench/measure/percentile.ts';
import { ReceivedStream } from '../../bench/media/received-stream.ts';
import { isVoiced, rtpPacket, silence, stamp, tone } from '../../bench/media/rtp-packet.ts';
import { withSection } from '../../bench/report/performance-page.ts';
import { percent, ratio, rounded } from '../../bench/report/rounded.ts';
import { readStatistics } from '../../bench/sip/sipp.ts';

test('percentiles are by nearest rank, the median of an even number lies between the middle two', () => {
  const values = [5, 1, 4, 2, 3, 6];
  assert.equal(percentile(values, 0.5), 3);
  assert.equal(percentile(values, 0.99), 6);
  assert.equal(median(values), 3.5);
  assert.equal(median([9, 1, 5]), 5);
  assert.ok(Number.isNaN(median([])));
});

test('figures keep the digits that mean something', () => {
  assert.deepEqual(
    [rounded(12345.6), rounded(12.34), rounded(0.123), rounded(Number.NaN)],
    ['12,346', '12.3', '0.12', '-'],
  );
  assert.deepEqual([percent(0), percent(0.00081), percent(0.4)], ['0 %', '0.081 %', '40.0 %']);
  assert.equal(ratio(250, 100), '2.50x');
});

function packet(sequence: number): Buffer {
  const made = rtpPacket(1, tone());
  stamp(made, sequence);
  return made;
}

test('a received stream counts holes across the wrap of the numbers, not packets out of order', () => {
  const stream = new ReceivedStream();
  for (const sequence of [65533, 65534, 0, 65535, 3]) stream.take(packet(sequence), 0);
  assert.equal(stream.received, 5);
  assert.equal(stream.lost, 2);
});

test('jitter is taken between neighbours only, and only while measured', () => {
  const stream = new ReceivedStream();
  stream.take(packet(1), 0);
  stream.measuring = true;
  stream.take(packet(2), 25);
  stream.take(packet(4), 65);
  stream.take(packet(5), 82);
  assert.deepEqual(stream.deviationsMs, [5, 3]);
});

test('a tone is voiced, silence and dither are not', () => {
  assert.equal(isVoiced(rtpPacket(1, tone())), true);
  assert.equal(isVoiced(rtpPacket(1, silence())), false);
  assert.equal(isVoiced(rtpPacket(1, Uint8Array.of(0x7f, 0x7e, 0xfe, 0xf8, 0x78))), false);
});

test('a bench replaces its own section of the page and leaves the others', () => {
  const first = withSection('# Performance\n', 'api', '<!-- bench:api -->\nold\n<!-- /bench:api -->');
  const both = withSection(first, 'sip', '<!-- bench:sip -->\ncalls\n<!-- /bench:sip -->');
  const again = withSection(both, 'api', '<!-- bench:api -->\nnew\n<!-- /bench:api -->');
  assert.equal(again, both.replace('old', 'new'));
  assert.match(again, /new[\s\S]*calls/);
});

test("the last line of sipp's statistics is the whole run", () => {
  const names = 'ElapsedTime(C);SuccessfulCall(C);FailedCall(C);Retransmissions(C);ResponseTime1(C);';
  const csv = `${names}\n00:00:01:000000;9;0;0;00:00:00:009000;\n00:00:02:000000;40;2;3;00:00:00:004000;\n`;
  assert.deepEqual(readStatistics(csv, 42), { succeeded: 40, failed: 2, retransmissions: 3, answerMs: 4 });
});
