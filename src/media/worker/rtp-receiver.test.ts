import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rms, tone } from '../../../test/support/tones.ts';
import { AUDIO_FORMATS } from '../codecs/audio-format.ts';
import type { WorkerMediaParams } from '../media-params.ts';
import { RTP_HEADER_BYTES, writeRtpHeader } from '../rtp/rtp-packet.ts';
import { RtpReceiver } from './rtp-receiver.ts';

const FRAME = 160;
const PEER = { address: '192.0.2.1', port: 4_000 };
const G722_TYPE = 9;
const G722: WorkerMediaParams = {
  remoteAddress: PEER.address,
  remotePort: PEER.port,
  remoteRtcpPort: PEER.port + 1,
  codec: 'G722',
  payloadType: G722_TYPE,
  ptimeMs: 20,
  direction: 'sendrecv',
};

/** A receiver that has an answer with another codec, while its peer still sends the one of before. */
function setUp() {
  const receiver = new RtpReceiver(
    () => assert.fail(),
    () => {},
  );
  const encoder = AUDIO_FORMATS.G722.createEncoder();
  const quiet = new Int16Array(FRAME);
  const loud = tone(700, 20, 8_000);
  let nowMs = 0;
  const send = (sequence: number, samples: Int16Array, ssrc = 1) => {
    const bytes = Buffer.alloc(RTP_HEADER_BYTES + FRAME * 2);
    writeRtpHeader(bytes, false, G722_TYPE, sequence, sequence * FRAME, ssrc);
    const length = encoder.encode(samples, bytes, RTP_HEADER_BYTES);
    receiver.receive(bytes.subarray(0, RTP_HEADER_BYTES + length), PEER.address, PEER.port, nowMs);
  };
  /** The loudest of the next frames. */
  const hear = (frames: number) => {
    let loudest = 0;
    const out = new Int16Array(FRAME);
    for (let i = 0; i < frames; i += 1) {
      receiver.pull(out, nowMs);
      nowMs += 20;
      loudest = Math.max(loudest, rms(out));
    }
    return loudest;
  };
  receiver.configure(G722);
  for (let sequence = 100; sequence < 110; sequence += 1) {
    send(sequence, quiet);
    hear(1);
  }
  receiver.configure({ ...G722, codec: 'PCMU', payloadType: 0 });
  return { receiver, send, hear, quiet, loud };
}

describe('a receiver whose peer still sends the codec of before an answer', () => {
  it('gives up a lost packet of it as ever, and plays what came behind it', () => {
    const { receiver, send, hear, quiet, loud } = setUp();
    send(110, quiet);
    hear(1);
    send(112, loud);
    assert.ok(hear(8) > 2_000);
    receiver.close();
  });

  it('hears it where it begins anew, with lower numbers', () => {
    const { receiver, send, hear, loud } = setUp();
    let loudest = 0;
    for (let sequence = 50; sequence < 60; sequence += 1) {
      send(sequence, loud, 2);
      loudest = Math.max(loudest, hear(1));
    }
    assert.ok(loudest > 2_000, `${loudest}`);
    assert.equal(receiver.jitter.late, 0);
    receiver.close();
  });
});
