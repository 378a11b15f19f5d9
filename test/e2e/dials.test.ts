import assert from 'node:assert/strict';
import { after, afterEach, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent, ConversationDials } from '../../src/domain/agents/agent.ts';
import { startFakeDeepgram } from '../support/fake-deepgram.ts';
import { says } from '../support/fake-openai.ts';
import { type FieldScene, openFieldScene } from '../support/field-scene.ts';
import { LONG_MESSAGE } from '../support/test-agents.ts';

const KEY = 'vendor-key';
/** How long the caller listens before he says something, and then hears whether the agent goes on. */
const LISTEN_MS = 1_000;
/** Waits of the dials, in milliseconds: of a sentence that does not end. */
const RELAXED_MS = 1_800;
const SENSITIVE_MS = 600;
const MENU_MS = 2_500;

const environment = { key: process.env.DEEPGRAM_API_KEY, url: process.env.DEEPGRAM_BASE_URL };
let scene: FieldScene;

before(async () => {
  scene = await openFieldScene();
});
afterEach(() => {
  set('DEEPGRAM_API_KEY', environment.key);
  set('DEEPGRAM_BASE_URL', environment.url);
});
after(() => scene.close());

function set(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** A number whose agent has these dials and hears this text, whatever the caller says. */
async function numberWith(
  t: TestContext,
  agent: Partial<Agent>,
  { text, answers, first = false }: { text: string; answers: string[]; first?: boolean },
) {
  const ears = await startFakeDeepgram({ key: KEY, segments: [{ text, confidence: 0.99 }] });
  t.after(() => ears.close());
  set('DEEPGRAM_API_KEY', KEY);
  set('DEEPGRAM_BASE_URL', ears.baseUrl);
  return scene.agentNumber(t, {
    agent: { transcriber: { provider: 'deepgram', settings: {} }, ...agent },
    answers: answers.map(says),
    // An explicit plan would go before the dials.
    assistant: {
      startSpeakingPlan: {},
      firstMessageInterruptionsEnabled: true,
      ...(!first && { firstMessageMode: 'assistant-waits-for-user' }),
    },
  });
}

/** How a long message of the agent ends over which the caller says this. */
async function isCutBy(t: TestContext, dials: ConversationDials, text: string): Promise<boolean> {
  const number = await numberWith(t, { dials }, { text, answers: [LONG_MESSAGE, 'Yes?'], first: true });
  const call = await number.dial();
  await call.answered;
  await call.nextStart(10_000);
  await sleep(LISTEN_MS);
  await scene.phone.say(call, 'Okay.');
  await sleep(2 * LISTEN_MS);
  await call.hangup();
  const { messages = [] } = await scene.endedRow(number);
  assert.ok(
    messages.some(({ role, message }) => role === 'user' && message === text),
    'the caller was heard',
  );
  const timeline = await scene.exchange.timeline((await scene.endedRow(number)).id);
  return timeline.some(({ type }) => type === 'speech.interrupted');
}

/** Milliseconds from the caller's last word to the decision that it is the agent's turn. */
async function waitOf(t: TestContext, dials: ConversationDials): Promise<number> {
  const number = await numberWith(t, { dials }, { text: 'I would like some', answers: ['Good.'] });
  const call = await number.dial();
  await call.answered;
  await scene.phone.say(call, 'I would like some.');
  await call.nextSpurt(15_000);
  await call.hangup();
  const { turns = [] } = await scene.endedRow(number);
  return turns[0]?.commitMs ?? assert.fail('the turn was not measured');
}

describe('interrupt_sensitivity', () => {
  test('low: "okay" does not cut the agent off', async (t) => {
    assert.equal(await isCutBy(t, { interruptSensitivity: 'low' }, 'okay'), false);
  });

  test('high: any word does', async (t) => {
    assert.equal(await isCutBy(t, { interruptSensitivity: 'high' }, 'okay'), true);
  });

  test('interruptible false (open.cx): nothing does, and what the caller said is not lost', async (t) => {
    assert.equal(await isCutBy(t, { interruptible: false }, 'stop it now please'), false);
  });
});

describe('the end of a turn', () => {
  test('is waited for as endpointing_sensitivity, ivr_navigation_mode and conversation_speed say', async (t) => {
    const relaxed = await waitOf(t, { endpointingSensitivity: 'relaxed' });
    const auto = await waitOf(t, { endpointingSensitivity: 'auto' });
    const sensitive = await waitOf(t, { endpointingSensitivity: 'sensitive' });
    const fast = await waitOf(t, { endpointingSensitivity: 'relaxed', conversationSpeed: 2 });
    const slow = await waitOf(t, { endpointingSensitivity: 'sensitive', conversationSpeed: 0.5 });
    const menu = await waitOf(t, { ivrNavigationMode: 'default' });
    const waits = { relaxed, auto, sensitive, fast, slow, menu };
    const told = JSON.stringify(waits);
    for (const [wait, leastMs] of [
      [relaxed, RELAXED_MS],
      [auto, RELAXED_MS],
      [sensitive, SENSITIVE_MS],
      [fast, RELAXED_MS / 2],
      [slow, SENSITIVE_MS * 2],
      [menu, MENU_MS],
    ] as const)
      assert.ok(wait >= leastMs, told);
    assert.ok(
      sensitive < relaxed && sensitive < auto && fast < relaxed && sensitive < slow && relaxed < menu,
      told,
    );
  });
});

test('ivr_navigation_mode: whoever holds the line for a menu does not ask whether anybody is there', async (t) => {
  const dials = { ivrNavigationMode: 'default', idleTimeSeconds: 1, askIfPresentOnIdle: true } as const;
  const number = await scene.agentNumber(t, { agent: { dials } });
  const call = await number.dial();
  await call.answered;
  const row = await scene.endedRow(number);
  assert.deepEqual([row.messages, row.endReason], [[], 'silence-timed-out']);
});
