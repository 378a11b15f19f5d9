import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkMediaParams } from '../../src/media/media-params.ts';
import { AUDIO_CODECS } from '../../src/media/media-session.ts';
import { parseMessage } from '../../src/sip/message/parser.ts';
import { SipRejection } from '../../src/sip/session/session.ts';
import { negotiate } from '../../src/telephony/sip/negotiation.ts';
import { CpuBudget } from './cpu-budget.ts';
import { mutate, SIP_CORPUS, seededRandom } from './sip-corpus.ts';

const ROUNDS = Number(process.env.OFFHOOK_FUZZ_ROUNDS ?? 20_000);
const SEED = Number(process.env.OFFHOOK_FUZZ_SEED ?? 4566);
const LOCAL = { address: '203.0.113.10', port: 40_000, sessionId: 1 };
const POLICY = { codecs: AUDIO_CODECS, codecOrder: 'theirs' } as const;

/** The descriptions of the corpus, with keys and without. */
const DESCRIPTIONS = SIP_CORPUS.flatMap((message) => {
  const parsed = parseMessage(message);
  const body = parsed.ok ? Buffer.from(parsed.message.body) : Buffer.alloc(0);
  return body.includes('m=audio') ? [body] : [];
});

test(`what a mutated description settles is something that a media session can work with (seed ${SEED})`, (t) => {
  const random = seededRandom(SEED);
  const budget = new CpuBudget();
  const pick = (): Buffer => DESCRIPTIONS[Math.floor(random() * DESCRIPTIONS.length)] ?? Buffer.alloc(0);
  const settled = { plain: 0, protected: 0, refused: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const sdp = mutate(pick(), pick(), random).toString('utf8');
    const negotiation = negotiate(LOCAL, POLICY, 'offered');
    const isAnswer = round % 2 === 1;
    if (isAnswer) negotiation.offer();
    const read = () => (isAnswer ? negotiation.readAnswer(sdp) : negotiation.answer(sdp).media);
    budget.spend(
      () => {
        try {
          const media = read();
          checkMediaParams(media);
          settled[media.srtp ? 'protected' : 'plain'] += 1;
        } catch (error) {
          if (!(error instanceof SipRejection)) throw error;
          settled.refused += 1;
        }
      },
      () => `round ${round}: ${JSON.stringify(sdp.slice(0, 2_000))}`,
    );
  }
  t.diagnostic(`${budget}; ${JSON.stringify(settled)}`);
  budget.assertKept();
  // A mutator that breaks everything, or nothing, would test nothing.
  for (const count of Object.values(settled)) assert.ok(count > ROUNDS / 100, JSON.stringify(settled));
});
