import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeAgent } from '../../../test/support/fake-voice.ts';
import type { Agent, ConversationDials } from '../../domain/agents/agent.ts';
import { START_SPEAKING_DEFAULTS } from '../../domain/agents/agent-defaults.ts';
import { idlePlanOf, planOfDials } from './plan-of-dials.ts';
import { turnPlanOf } from './turn-plan.ts';

const waits = (dials: ConversationDials) => {
  const { waitSeconds, onPunctuationSeconds, onNoPunctuationSeconds, onNumberSeconds } =
    planOfDials(dials).start;
  return [waitSeconds, onPunctuationSeconds, onNoPunctuationSeconds, onNumberSeconds];
};

describe('the waits before the agent speaks', () => {
  const cases: [string, ConversationDials, number[]][] = [
    ['no dial leaves the defaults', {}, Object.values(START_SPEAKING_DEFAULTS)],
    ['sensitive', { endpointingSensitivity: 'sensitive' }, [0.4, 0.1, 0.6, 0.4]],
    ['relaxed', { endpointingSensitivity: 'relaxed' }, [0.4, 0.6, 1.8, 1]],
    ['auto is relaxed', { endpointingSensitivity: 'auto' }, [0.4, 0.6, 1.8, 1]],
    ['twice the speed halves each', { conversationSpeed: 2 }, [0.2, 0.05, 0.75, 0.25]],
    ['half the speed doubles each', { conversationSpeed: 0.5 }, [0.8, 0.2, 3, 1]],
    ['a speed beyond the bounds is the bound', { conversationSpeed: 9 }, [0.2, 0.05, 0.75, 0.25]],
    ['a speed of nought is the lower bound', { conversationSpeed: 0 }, [0.8, 0.2, 3, 1]],
    [
      'speed and sensitivity together',
      { conversationSpeed: 2, endpointingSensitivity: 'sensitive' },
      [0.2, 0.05, 0.3, 0.2],
    ],
    [
      'a menu is waited for, whatever the sensitivity',
      { ivrNavigationMode: 'default', endpointingSensitivity: 'sensitive' },
      [0.4, 2, 2.5, 2],
    ],
    ['no menu', { ivrNavigationMode: 'off' }, Object.values(START_SPEAKING_DEFAULTS)],
  ];
  for (const [name, dials, expected] of cases) test(name, () => assert.deepEqual(waits(dials), expected));
});

describe('what cuts the agent off', () => {
  const plan = (agent: Partial<Agent>) => turnPlanOf(fakeAgent(agent), () => assert.fail('no rule is given'));

  test('low: words that are no backchannel', () => {
    const { numWords, acknowledgements } = plan({ dials: { interruptSensitivity: 'low' } });
    assert.equal(numWords, 1);
    assert.ok(acknowledgements.length > 0);
  });

  test('high: any word', () => {
    const { numWords, acknowledgements } = plan({ dials: { interruptSensitivity: 'high' } });
    assert.equal(numWords, 0);
    assert.deepEqual(acknowledgements, []);
  });

  test('nothing, where it is not interruptible', () => {
    assert.equal(plan({ dials: { interruptible: false } }).interruptible, false);
    assert.equal(plan({}).interruptible, true);
  });

  test('an explicit plan goes before the dials, value by value', () => {
    const explicit = plan({
      dials: { interruptSensitivity: 'high', endpointingSensitivity: 'relaxed', conversationSpeed: 2 },
      startSpeakingPlan: { onPunctuationSeconds: 0.3 },
      stopSpeakingPlan: { numWords: 3, acknowledgementPhrases: ['aye'] },
    });
    assert.equal(explicit.onPunctuationMs, 300);
    assert.equal(explicit.onNoPunctuationMs, 900);
    assert.equal(explicit.numWords, 3);
    assert.deepEqual(explicit.acknowledgements, [['aye']]);
  });
});

describe('silence on both sides', () => {
  const cases: [string, Pick<Agent, 'dials' | 'silenceTimeoutSeconds'>, [ms: number, checks: number]][] = [
    ['ends the call after 30 s', {}, [30_000, 0]],
    ['keeps the time-out of the agent', { silenceTimeoutSeconds: 12 }, [12_000, 0]],
    ['ends it after the idle time', { silenceTimeoutSeconds: 12, dials: { idleTimeSeconds: 5 } }, [5_000, 0]],
    ['asks after 15 s, once', { dials: { askIfPresentOnIdle: true } }, [15_000, 1]],
    [
      'asks after the idle time, as often as said',
      { dials: { askIfPresentOnIdle: true, idleTimeSeconds: 4, maxIdleChecks: 3 } },
      [4_000, 3],
    ],
    [
      'is borne for ten minutes in a menu, without a question',
      { dials: { ivrNavigationMode: 'default', askIfPresentOnIdle: true } },
      [600_000, 0],
    ],
    [
      'is borne as long as said in a menu',
      { dials: { ivrNavigationMode: 'default', idleTimeSeconds: 60 } },
      [60_000, 0],
    ],
    [
      'never asks a negative number of times',
      { dials: { askIfPresentOnIdle: true, maxIdleChecks: -1 } },
      [15_000, 0],
    ],
  ];
  for (const [name, agent, [silenceTimeoutMs, idleChecks]] of cases)
    test(name, () => assert.deepEqual(idlePlanOf(agent), { silenceTimeoutMs, idleChecks }));
});
