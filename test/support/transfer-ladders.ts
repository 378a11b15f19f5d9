import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { says } from './fake-openai.ts';
import { hears } from './hears.ts';
import { Ladder } from './ladder.ts';
import { customModel, modelFor } from './test-agents.ts';
import { ToneWatch } from './tone-watch.ts';
import { tone } from './tones.ts';
import type { TransferredCall, TransferScene } from './transfer-scene.ts';
import { until } from './until.ts';

const CALLER_HZ = 600;
const OPERATOR_HZ = 1_500;
/** Longer than any pause of the sounds that a caller waits to. */
const WAIT_MS = 1_500;
const LIMIT_MS = 15_000;
const MESSAGE = 'Anna calls about her order.';

interface LadderPlan {
  /** Heading in the guide. */
  name: string;
  plan(t: TestContext): Promise<object>;
  /** What the operator is told before he is joined, as the ladder has it. */
  briefing?: string;
  /** The operator speaks first. */
  speaksFirst?: boolean;
  /** The caller's own exchange calls the operator. */
  refers?: boolean;
  /** Nobody is called. */
  hangsUp?: boolean;
  sumsUp?: boolean;
}

const withPlan = (plan: object) => async () => plan;

/** Every mode of the plan, as the guide has it. */
export const LADDERS: readonly LadderPlan[] = [
  {
    name: 'blind-transfer, sipVerb refer',
    plan: withPlan({ mode: 'blind-transfer', sipVerb: 'refer' }),
    refers: true,
  },
  { name: 'blind-transfer, sipVerb dial', plan: withPlan({ mode: 'blind-transfer', sipVerb: 'dial' }) },
  {
    name: 'blind-transfer, sipVerb bye',
    plan: withPlan({ mode: 'blind-transfer', sipVerb: 'bye' }),
    hangsUp: true,
  },
  {
    name: 'blind-transfer-add-summary-to-sip-header, sipVerb dial',
    plan: withPlan({
      mode: 'blind-transfer-add-summary-to-sip-header',
      sipVerb: 'dial',
      message: MESSAGE,
      summaryPlan: { enabled: false },
    }),
  },
  {
    name: 'warm-transfer-say-message',
    plan: withPlan({ mode: 'warm-transfer-say-message', message: MESSAGE }),
    briefing: 'the message',
  },
  {
    name: 'warm-transfer-say-summary',
    plan: withPlan({ mode: 'warm-transfer-say-summary' }),
    briefing: 'the summary',
    sumsUp: true,
  },
  {
    name: 'warm-transfer-wait-for-operator-to-speak-first-and-then-say-message',
    plan: withPlan({
      mode: 'warm-transfer-wait-for-operator-to-speak-first-and-then-say-message',
      message: MESSAGE,
      timeout: 2,
    }),
    briefing: 'the message',
    speaksFirst: true,
  },
  {
    name: 'warm-transfer-wait-for-operator-to-speak-first-and-then-say-summary',
    plan: withPlan({
      mode: 'warm-transfer-wait-for-operator-to-speak-first-and-then-say-summary',
      timeout: 2,
    }),
    briefing: 'the summary',
    speaksFirst: true,
    sumsUp: true,
  },
  {
    name: 'warm-transfer-twiml',
    plan: withPlan({ mode: 'warm-transfer-twiml', twiml: `<Say>${MESSAGE}</Say>` }),
    briefing: 'what Say says',
  },
  {
    name: 'warm-transfer-experimental',
    async plan(t) {
      const model = await modelFor(t, [
        {
          steps: [
            { text: 'Anna is on the line for you.' },
            { toolCall: { id: 't1', name: 'transferSuccessful', arguments: '{}' } },
          ],
        },
      ]);
      return {
        mode: 'warm-transfer-experimental',
        transferAssistant: {
          model: { ...customModel(model.url), messages: [] },
          firstMessageMode: 'assistant-speaks-first-with-model-generated-message',
        },
      };
    },
    briefing: 'the assistant',
  },
];

/** Makes a real call by this plan, and draws what passed on the wire and what was heard. */
export async function drawLadder(scene: TransferScene, t: TestContext, of: LadderPlan): Promise<string> {
  const operator = await scene.operator(t, { does: 'answer', ringMs: of.briefing ? WAIT_MS + 1_500 : 300 });
  const exchange = Number(scene.ringing.exchange.uri('any').split(':').at(-1));
  let ladder: Ladder | undefined;
  const call = await scene.transfer(t, {
    plan: await of.plan(t),
    destination: { sipUri: operator.uri('desk') },
    afterwards: of.sumsUp ? [says('Anna wants a refund.')] : [],
    ...(of.refers && { callsItself: { uris: [operator.uri('desk')] } }),
    onAnswered() {
      ladder = new Ladder({ exchange, operator: operator.port });
    },
  });
  assert.ok(ladder);
  try {
    await follow(scene, { ...call, atOperator: () => operator.call(LIMIT_MS, 0) }, of, ladder);
  } finally {
    ladder.close();
  }
  return ladder.drawing;
}

async function follow(
  scene: TransferScene,
  call: TransferredCall,
  of: LadderPlan,
  ladder: Ladder,
): Promise<void> {
  const { caller, number, atOperator } = call;
  if (of.refers || of.hangsUp) {
    await caller.whenEnded(LIMIT_MS);
    await number.ended(LIMIT_MS);
    return;
  }
  const desk = await atOperator();
  const atDesk = new ToneWatch(desk.media, CALLER_HZ);
  if (of.briefing) await brief(call, of, ladder, of.briefing);
  else await desk.answered;
  await scene.outcome(number, 'connected');
  await delay(300);
  const both = Promise.all([hears(desk.media, CALLER_HZ), hears(caller.media, OPERATOR_HZ)]);
  caller.media.play(tone(CALLER_HZ, 1_000));
  desk.media.play(tone(OPERATOR_HZ, 1_000));
  await both;
  ladder.heard('both', 'they hear each other');
  atDesk.close();
  await desk.hangup();
  await caller.whenEnded(5_000);
  await number.ended(LIMIT_MS);
}

/** While it rings the caller hears music; then the operator alone hears his briefing. */
async function brief(
  { caller, atOperator }: TransferredCall,
  of: LadderPlan,
  ladder: Ladder,
  briefing: string,
): Promise<void> {
  const desk = await atOperator();
  await until('it rings', () => ladder.has('180'));
  const music = new ToneWatch(caller.media, OPERATOR_HZ);
  await delay(WAIT_MS);
  assert.ok(music.longestSilenceMs < WAIT_MS / 2, 'the caller waits to music');
  ladder.heard('caller', 'music');
  const briefed = desk.nextSpurt(LIMIT_MS);
  await desk.answered;
  if (of.speaksFirst) {
    const quiet = new ToneWatch(desk.media, CALLER_HZ);
    await delay(1_000);
    assert.ok(quiet.longestSilenceMs >= 800, 'nothing is said before the operator has spoken');
    quiet.close();
    ladder.heard('operator', 'silence till timeout');
  }
  await briefed;
  ladder.heard('operator', briefing);
  music.close();
}
