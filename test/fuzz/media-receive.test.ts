import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { AUDIO_FORMATS, prepareCodec } from '../../src/media/codecs/audio-format.ts';
import { DTMF_PAYLOAD_BYTES, writeDtmfEvent } from '../../src/media/dtmf/dtmf-event.ts';
import { AUDIO_CODECS, type AudioCodec, FRAME_SAMPLES } from '../../src/media/media-session.ts';
import { Reception } from '../../src/media/rtp/reception.ts';
import { writeRtcp } from '../../src/media/rtp/rtcp-packet.ts';
import { RTP_HEADER_BYTES, writeRtpHeader } from '../../src/media/rtp/rtp-packet.ts';
import { type SrtpKeying, SrtpSession } from '../../src/media/srtp/srtp-session.ts';
import { RtcpExchange } from '../../src/media/worker/rtcp-exchange.ts';
import { RtpReceiver } from '../../src/media/worker/rtp-receiver.ts';
import { mutate, seededRandom } from './sip-corpus.ts';

const ROUNDS = Number(process.env.OFFHOOK_FUZZ_ROUNDS ?? 20_000);
const SEED = Number(process.env.OFFHOOK_FUZZ_SEED ?? 3550);
const FRAME_MS = 20;
/** Packets of the peer after the attack, in which it must be heard again. */
const RECOVERY_PACKETS = 60;
const PEER = { address: '198.51.100.7', port: 4_000 };
const AUDIO_TYPE = 96;
const EVENT_TYPE = 101;
const COMFORT_NOISE_TYPE = 13;
const SSRC = 0x1234_5678;
/** How loud a tone of 8000 is heard at least. */
const HEARD_PEAK = 2_000;
const KEY = Buffer.alloc(30, 7);

const KEYINGS: (SrtpKeying | undefined)[] = [
  undefined,
  { suite: 'AES_CM_128_HMAC_SHA1_80', sendKey: KEY, receiveKey: KEY },
  { suite: 'AES_CM_128_HMAC_SHA1_32', sendKey: KEY, receiveKey: KEY },
];

type Kind = 'audio' | 'event' | 'comfort-noise';
const KINDS: Kind[] = [...Array<Kind>(8).fill('audio'), 'event', 'comfort-noise'];

/** A peer that sends audio, keys and comfort noise, each packet the next of its stream. */
class Sender {
  readonly #encoder;
  readonly #srtp = new SrtpSession();
  readonly #samples = Int16Array.from({ length: FRAME_SAMPLES }, (_, index) => 8_000 * Math.sin(index / 3));
  readonly #ticks: number;
  #sequence = 65_000;
  #timestamp = 0xffff_0000;

  constructor(codec: AudioCodec, keying: SrtpKeying | undefined) {
    this.#encoder = AUDIO_FORMATS[codec].createEncoder();
    this.#ticks = AUDIO_FORMATS[codec].ticksPerSample * FRAME_SAMPLES;
    this.#srtp.configure(keying);
  }

  next(kind: Kind): Buffer {
    const buffer = Buffer.alloc(1_400);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#timestamp = (this.#timestamp + this.#ticks) >>> 0;
    const type = { audio: AUDIO_TYPE, event: EVENT_TYPE, 'comfort-noise': COMFORT_NOISE_TYPE }[kind];
    writeRtpHeader(buffer, kind === 'event', type, this.#sequence, this.#timestamp, SSRC);
    let end = RTP_HEADER_BYTES + 1;
    if (kind === 'audio')
      end = RTP_HEADER_BYTES + this.#encoder.encode(this.#samples, buffer, RTP_HEADER_BYTES);
    if (kind === 'event') {
      writeDtmfEvent(buffer, RTP_HEADER_BYTES, 5, true, 800);
      end = RTP_HEADER_BYTES + DTMF_PAYLOAD_BYTES;
    }
    return Buffer.from(buffer.subarray(0, this.#srtp.protect(buffer, end)));
  }

  close(): void {
    this.#encoder.close();
  }
}

/** Half of the edits fall upon the header, where the lengths are. */
function attack(packet: Buffer, other: Buffer, random: () => number): Buffer {
  if (random() < 0.5) return mutate(packet, other, random);
  const bytes = Buffer.from(packet);
  for (let edit = 0; edit < 3; edit += 1) {
    const at = Math.floor(random() * Math.min(20, bytes.length));
    if (at < bytes.length) bytes[at] = Math.floor(random() * 256);
  }
  return random() < 0.3 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
}

function receiverOf(codec: AudioCodec): RtpReceiver {
  const receiver = new RtpReceiver(
    () => {},
    () => {},
  );
  receiver.configure({
    remoteAddress: PEER.address,
    remotePort: PEER.port,
    remoteRtcpPort: PEER.port + 1,
    codec,
    payloadType: AUDIO_TYPE,
    dtmfPayloadType: EVENT_TYPE,
    ptimeMs: FRAME_MS,
    direction: 'sendrecv',
  });
  return receiver;
}

/** Sends mutated packets, then sound ones. @returns how many of the mutated were taken, and how loud the peer is heard in the end */
function underAttack(codec: AudioCodec, keying: SrtpKeying | undefined) {
  const random = seededRandom(SEED);
  const sender = new Sender(codec, keying);
  const srtp = new SrtpSession();
  srtp.configure(keying);
  const receiver = receiverOf(codec);
  const frame = new Int16Array(FRAME_SAMPLES);
  let nowMs = 0;
  const take = (bytes: Buffer): boolean => {
    nowMs += FRAME_MS;
    const opened = srtp.open(bytes);
    const isTaken = opened !== undefined && receiver.receive(opened, PEER.address, PEER.port, nowMs);
    receiver.pull(frame, nowMs);
    return isTaken;
  };
  const rounds = Math.ceil(ROUNDS / (AUDIO_CODECS.length * KEYINGS.length));
  let taken = 0;
  for (let round = 0; round < rounds; round += 1) {
    const kind = KINDS[Math.floor(random() * KINDS.length)] ?? 'audio';
    if (take(attack(sender.next(kind), sender.next('audio'), random))) taken += 1;
  }
  let peak = 0;
  for (let packet = 0; packet < RECOVERY_PACKETS; packet += 1) {
    take(sender.next('audio'));
    if (packet > RECOVERY_PACKETS / 2) peak = Math.max(peak, ...frame);
  }
  sender.close();
  receiver.close();
  return { taken, rounds, peak };
}

describe('the media worker under attack', () => {
  before(async () => {
    for (const codec of AUDIO_CODECS) await prepareCodec(codec);
  });

  for (const codec of AUDIO_CODECS) {
    for (const keying of KEYINGS) {
      test(`mutated RTP of ${codec}${keying ? ` in ${keying.suite}` : ''} hurts nobody, and the call is heard again (seed ${SEED})`, () => {
        const { taken, rounds, peak } = underAttack(codec, keying);
        assert.ok(peak > HEARD_PEAK, `heard again, with a peak of ${peak}`);
        // What is not authentic is no packet at all; a mutator that is always found out would test nothing else.
        if (keying === undefined) assert.ok(taken > rounds / 50, `${taken} of ${rounds} taken`);
      });
    }
  }

  for (const keying of KEYINGS) {
    test(`mutated RTCP${keying ? ` in ${keying.suite}` : ''} hurts nobody, and the next report is read (seed ${SEED})`, () => {
      const random = seededRandom(SEED + 1);
      const ours = new SrtpSession();
      const theirs = new SrtpSession();
      ours.configure(keying);
      theirs.configure(keying);
      const reception = new Reception();
      reception.arrive(1);
      const view = {
        ssrc: 1,
        packets: 1,
        octets: 160,
        timestamp: 0,
        remoteSsrc: SSRC,
        reception,
        ticksPerSample: 1,
      };
      const exchange = new RtcpExchange(
        () => view,
        () => {},
        ours,
      );
      const place = { address: PEER.address, port: PEER.port + 1 };
      exchange.configure(place, true);
      const report = (fractionLost: number): Buffer =>
        Buffer.from(
          theirs.protectRtcp(
            writeRtcp({
              ssrc: SSRC,
              cname: 'peer',
              goodbye: random() < 0.2,
              senderInfo: { sentAt: 1_700_000_000_000, rtpTimestamp: 1, packets: 2, octets: 3 },
              report: {
                ...{ ssrc: 1, fractionLost, cumulativeLost: 1, extendedHighestSequence: 2, jitter: 3 },
                ...{ lastSenderReport: 4, delaySinceLastSenderReport: 5 },
              },
            }),
          ),
        );
      let refused = 0;
      for (let round = 0; round < ROUNDS / 4; round += 1) {
        const now = { ms: round, at: 1_700_000_000_000 + round };
        if (!exchange.receive(attack(report(1), report(2), random), place, PEER, now)) refused += 1;
        exchange.tick(PEER, now);
      }
      assert.ok(refused > ROUNDS / 40, `${refused} refused`);
      assert.ok(exchange.receive(report(128), place, PEER, { ms: ROUNDS, at: 1_700_000_100_000 }));
      assert.equal(exchange.remoteLoss, 0.5);
    });
  }
});
