import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TurnMarks } from './turn-marks.ts';

test('stages are whole milliseconds after the end of speech, each as it was first met', () => {
  const marks = new TurnMarks(3, 1000.4);
  marks.mark('transcript', 900);
  marks.mark('commit', 1200.2);
  marks.mark('rtpFirstPacket', 1500.7);
  marks.mark('rtpFirstPacket', 9000);
  assert.deepEqual(marks.latency(), {
    turn: 3,
    speechEndedAt: 1000,
    transcriptMs: 0,
    commitMs: 200,
    rtpFirstPacketMs: 500,
  });
});
