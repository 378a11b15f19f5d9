import { silentLogger } from '../../src/lib/logger.ts';
import { createMediaPool } from '../../src/media/media-pool.ts';
import type { MediaPool } from '../../src/media/media-session.ts';
import type { DialledCall } from '../../src/phone/dialled-call.ts';
import type { Spurt } from '../../src/phone/ear.ts';
import type { PhoneCall } from '../../src/phone/phone-call.ts';
import { synthesize } from '../../src/phone/simulated-caller.ts';
import { type DialOptions, Telephone } from '../../src/phone/telephone.ts';
import { transcribe } from '../../src/phone/transcribe.ts';
import { createPocketsphinxTranscriber } from '../../src/voice/stt/pocketsphinx.ts';
import { createFliteSynthesizer } from '../../src/voice/tts/flite.ts';

/** Ports of the test telephone, away from the exchange's. */
const PORTS = { from: 31_000, to: 31_999 };

/** The telephone of `src/phone` with a voice and with ears of its own, shared by the tests of one file. */
export interface TestPhone {
  dial(uri: string, options?: Partial<DialOptions>): Promise<DialledCall>;
  /** Speaks a sentence; resolves with the instant of its last voiced packet. */
  say(call: PhoneCall, sentence: string): Promise<number>;
  /** What was said in a stretch, heard with the expected sentences as grammar. */
  understand(spurt: Spurt, expected: string[]): Promise<string>;
  readonly media: MediaPool;
  close(): Promise<void>;
}

/** @param ca whom calls over TLS trust, in PEM; unset: the authorities that Node trusts. */
export async function openTestPhone({ ca }: { ca?: string } = {}): Promise<TestPhone> {
  const media = createMediaPool({ workers: 1, ports: PORTS, logger: silentLogger });
  const voice = createFliteSynthesizer({ logger: silentLogger });
  const ears = createPocketsphinxTranscriber({ maxProcesses: 2, logger: silentLogger });
  const telephone = await Telephone.open({
    bindAddress: '127.0.0.1',
    media,
    logger: silentLogger,
    ...(ca !== undefined && { ca }),
  });
  const calls = new Set<DialledCall>();
  await voice.warm();
  return {
    media,
    async dial(uri, options = {}) {
      const call = await telephone.dial({ uri, ...options });
      calls.add(call);
      call.ended.on(() => calls.delete(call));
      return call;
    },
    async say(call, sentence) {
      return call.speak(await synthesize(voice, sentence));
    },
    understand: (spurt, expected) => transcribe(ears, spurt.samples, grammarOf(expected)),
    async close() {
      // A test that failed amid its call must not leave the exchange waiting for the answer to its BYE.
      await Promise.all([...calls].map((call) => call.hangup()));
      await telephone.close();
      await Promise.all([media.close(), voice.close(), ears.close()]);
    },
  };
}

/** A JSGF grammar of these sentences. */
export function grammarOf(sentences: string[]): string {
  const plain = sentences.map((sentence) =>
    sentence
      .toLowerCase()
      .replace(/[^a-z' ]+/g, ' ')
      .replace(/ +/g, ' ')
      .trim(),
  );
  return `#JSGF V1.0;\ngrammar expected;\npublic <answer> = ${plain.join(' | ')};\n`;
}
