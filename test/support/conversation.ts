import assert from 'node:assert/strict';
import { silentLogger } from '../../src/lib/logger.ts';
import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from '../../src/media/media-session.ts';
import { Ear } from '../../src/phone/ear.ts';
import { synthesize } from '../../src/phone/simulated-caller.ts';
import { transcribe } from '../../src/phone/transcribe.ts';
import { createPocketsphinxTranscriber } from '../../src/voice/stt/pocketsphinx.ts';
import { createFliteSynthesizer } from '../../src/voice/tts/flite.ts';
import type { CallView, RunningExchange } from './running-exchange.ts';
import { assistant, scripted } from './test-agents.ts';
import { grammarOf } from './test-phone.ts';
import { joinSamples } from './tones.ts';
import { until } from './until.ts';

const GREETING = 'Hello, this is the bakery.';
const QUESTION = 'What are your opening hours?';
const ANSWER = 'We are open from nine to five.';
/** The peer plays a file from the moment that the call is up, so the question comes at its time and not when it is due. */
const BEFORE_QUESTION_MS = 5_000;
/** It is asked again, for a machine that was too slow to have greeted by then. */
const BETWEEN_QUESTIONS_MS = 10_000;
const TIMES_ASKED = 3;
const FRAME_MS = 20;
const ANSWER_LIMIT_MS = 40_000;

/** The agent of a conversation. */
export const BAKER = assistant({ firstMessage: GREETING, model: scripted(`Opening hours: ${ANSWER}`) });

/**
 * One question to the agent and its answer, with a telephone that can play a file and keep what it hears: enough to show
 * that both sides hear each other, whoever wrote the telephone.
 */
export interface Conversation {
  /** What the telephone must play from the moment that the call is up. */
  readonly plays: Int16Array;
  /** Resolves once the agent has answered the question of a call. */
  answered(exchange: RunningExchange, callId: string): Promise<void>;
  /** @throws where the telephone has not heard both sentences of the agent, or the record tells another story */
  check(record: CallView, heard: Int16Array): Promise<void>;
  close(): Promise<void>;
}

export async function openConversation(): Promise<Conversation> {
  const voice = createFliteSynthesizer({ logger: silentLogger });
  const ears = createPocketsphinxTranscriber({ maxProcesses: 1, logger: silentLogger });
  const question = await synthesize(voice, QUESTION);
  const pause = silence(BETWEEN_QUESTIONS_MS);
  const asked = Array.from({ length: TIMES_ASKED }, () => [question, pause]).flat();
  return {
    plays: joinSamples([silence(BEFORE_QUESTION_MS), ...asked]),
    async answered(exchange, callId) {
      const isAnswer = ({ type, data }: { type: string; data: Record<string, unknown> }) =>
        type === 'message.added' && data.message === ANSWER;
      const look = async () => (await exchange.timeline(callId)).find(isAnswer);
      await until('the agent has answered', look, ANSWER_LIMIT_MS);
    },
    async check({ artifact }, heard) {
      const said = (role: string) =>
        artifact.messages.filter((message) => message.role === role).map(({ message }) => message);
      assert.ok(
        said('user').some((text) => /opening hours/i.test(text)),
        'the agent has heard the question',
      );
      assert.ok([GREETING, ANSWER].every((sentence) => said('bot').includes(sentence)));
      const grammar = grammarOf([GREETING, ANSWER]);
      const understood: string[] = [];
      for (const spurt of spurtsOf(heard)) understood.push(await transcribe(ears, spurt, grammar));
      assert.match(understood[0] ?? '', /this is the bakery/, 'the telephone has heard the greeting');
      assert.match(understood[1] ?? '', /open from nine to five/, 'the telephone has heard the answer');
    },
    async close() {
      await Promise.all([voice.close(), ears.close()]);
    },
  };
}

function silence(durationMs: number): Int16Array {
  return new Int16Array((durationMs * SAMPLE_RATE_HZ) / 1_000);
}

/** The stretches of speech in a recording, in order. */
function spurtsOf(samples: Int16Array): Int16Array[] {
  const ear = new Ear();
  const spurts: Int16Array[] = [];
  ear.ended.on((spurt) => spurts.push(spurt.samples));
  for (let at = 0; at + FRAME_SAMPLES <= samples.length; at += FRAME_SAMPLES)
    ear.hear({ samples: samples.subarray(at, at + FRAME_SAMPLES), at: (at / FRAME_SAMPLES) * FRAME_MS });
  ear.finish();
  return spurts;
}
