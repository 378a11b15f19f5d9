import { agentDone, agentSpeaks, final, partial, timeline } from '../../../test/support/turn-timeline.ts';
import type { StartSpeakingPlan } from '../../domain/agents/agent.ts';

timeline(
  'punctuation ends a turn after 0.1 s',
  {},
  [
    [0, { say: 1000 }],
    [1300, final('Hello there.')],
  ],
  ['1400 commit "Hello there." 0-1000 not before 1800'],
);
timeline(
  'text without punctuation waits 1.5 s',
  {},
  [
    [0, { say: 1000 }],
    [1300, final('hello there')],
  ],
  ['2800 commit "hello there" 0-1000 not before 3200'],
);
timeline(
  'a comma is no end of a sentence',
  {},
  [
    [0, { say: 1000 }],
    [1300, final('Well,')],
  ],
  ['2800 commit "Well," 0-1000 not before 3200'],
);
timeline(
  'a number waits 0.5 s even when punctuated',
  {},
  [
    [0, { say: 1000 }],
    [1300, final('It is 42.')],
  ],
  ['1800 commit "It is 42." 0-1000 not before 2200'],
);
timeline(
  'the plan of the agent replaces the defaults',
  { start: { waitSeconds: 0, onNoPunctuationSeconds: 0.3 } },
  [
    [0, { say: 1000 }],
    [1300, final('hello')],
  ],
  ['1600 commit "hello" 0-1000 not before 1600'],
);
timeline(
  'the wait starts anew with each transcript',
  {},
  [
    [0, { say: 1000 }],
    [1300, final('My number is')],
    [2600, final('hard to say')],
  ],
  ['4100 commit "My number is hard to say" 0-1000 not before 4500'],
);
timeline(
  "the transcriber's end of turn is taken at once",
  {},
  [
    [0, { say: 1000 }],
    [1100, final('hello', true)],
  ],
  ['1100 commit "hello" 0-980 not before 1500'],
);
timeline(
  'a smart endpointing plan outranks the end of turn of the transcriber',
  { start: { smart: { provider: 'vapi' } } },
  [
    [0, { say: 1000 }],
    [1100, final('hello', true)],
  ],
  ['2600 commit "hello" 0-1000 not before 3000'],
);
for (const endpointingSensitivity of ['relaxed', 'auto'] as const) {
  timeline(
    `${endpointingSensitivity}: a finished sentence is given a moment, whatever the transcriber is sure of`,
    { dials: { endpointingSensitivity } },
    [
      [0, { say: 1000 }],
      [1300, final('Hello there.', true)],
    ],
    ['1900 commit "Hello there." 0-1000 not before 2300'],
  );
  timeline(
    `${endpointingSensitivity}: a sentence without its end is given a longer one`,
    { dials: { endpointingSensitivity } },
    [
      [0, { say: 1000 }],
      [1300, final('hello there')],
      [2000, final('', true)],
    ],
    ['3100 commit "hello there" 0-1000 not before 3500'],
  );
}
timeline(
  'sensitive: the end of turn of the transcriber is taken at once',
  { dials: { endpointingSensitivity: 'sensitive' } },
  [
    [0, { say: 1000 }],
    [1100, final('hello', true)],
  ],
  ['1100 commit "hello" 0-980 not before 1500'],
);
timeline(
  'a menu pauses between its choices, though the transcriber is sure of the end',
  { dials: { ivrNavigationMode: 'default' } },
  [
    [0, { say: 1000 }],
    [1300, final('For sales press one.', true)],
  ],
  ['3300 commit "For sales press one." 0-1000 not before 3700'],
);
timeline(
  'nothing is committed while the caller goes on',
  {},
  [
    [0, { say: 1000 }],
    [1250, final('Hello.')],
    [1280, { say: 1500 }],
    [3100, final('I have a question.')],
  ],
  ['3200 commit "Hello. I have a question." 0-2780 not before 3600'],
);
timeline(
  'an end of turn that comes when the caller speaks again is of the run before',
  {},
  [
    [0, { say: 1000 }],
    [1300, { say: 1000 }],
    [1500, final('first part', true)],
    [2700, final('second part', true)],
  ],
  ['2700 commit "first part second part" 0-2300 not before 3100'],
);
timeline(
  'a second run without words still ends the turn',
  {},
  [
    [0, { say: 1000 }],
    [1300, { say: 100 }],
    [1500, final('all of it', true)],
    [1800, final('', true)],
  ],
  ['1800 commit "all of it" 0-1400 not before 2200'],
);
timeline(
  'finals within one run leave the end of turn of the next run alone',
  {},
  [
    [0, { say: 1000 }],
    [900, final('One.', true)],
    [2000, { say: 1000 }],
    [2990, final('Two.', true)],
  ],
  [
    '900 commit "One." 0-880 not before 1300',
    '2200 pause',
    '2990 interrupt at 2200 unheard',
    '2990 commit "Two." 2000-2960 not before 3390',
  ],
);
timeline(
  'noise that the VAD takes for voice cannot hold a turn for ever',
  {},
  [
    [0, { say: 7900 }],
    [1300, final('Hello.')],
  ],
  ['5300 commit "Hello." 0-5280 not before 5700'],
  8500,
);
timeline(
  'a partial without final is taken, and its late final says nothing new',
  {},
  [
    [0, { say: 1000 }],
    [1100, partial('hello.')],
    [2900, final('Hello.')],
  ],
  ['2600 commit "hello." 0-1000 not before 3000'],
);
timeline(
  'text without any voice heard is a turn too',
  {},
  [[500, final('Hello.')]],
  ['600 commit "Hello." 500-500 not before 1000'],
);

const RULES: StartSpeakingPlan = {
  customEndpointingRules: [
    { type: 'assistant', regex: 'account number', timeoutSeconds: 3 },
    {
      type: 'customer',
      regex: '^yes$',
      regexOptions: [{ type: 'ignore-case', enabled: true }],
      timeoutSeconds: 0,
    },
    { type: 'both', assistantRegex: 'colou?r', customerRegex: 'red', timeoutSeconds: 0.2 },
  ],
};
timeline(
  'a rule on what the agent said outranks the plan and the end of turn',
  { start: RULES },
  [
    [0, { type: 'agent-said', text: 'What is your account number?' }],
    [0, { say: 1000 }],
    [1200, final('One.', true)],
  ],
  ['4200 commit "One." 0-1000 not before 4600'],
);
timeline(
  'a rule on what the caller said applies to the whole text',
  { start: RULES },
  [
    [0, { say: 500 }],
    [900, final('Yes')],
  ],
  ['900 commit "Yes" 0-500 not before 1300'],
);
timeline(
  'a rule on both needs both',
  { start: RULES },
  [
    [0, { type: 'agent-said', text: 'Which colour?' }],
    [0, { say: 500 }],
    [900, final('red')],
  ],
  ['1100 commit "red" 0-500 not before 1500'],
);
timeline(
  'a pattern that does not compile is refused and the rest applies',
  {
    start: { customEndpointingRules: [{ type: 'customer', regex: '(', timeoutSeconds: 3 }] },
  },
  [
    [0, { say: 500 }],
    [900, final('Hi.')],
  ],
  ['endpointing-rule-invalid', '1000 commit "Hi." 0-500 not before 1400'],
);

timeline(
  'keys take the turn at once, also from the agent, and without backoff',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { type: 'keys-entered', digits: '12' }],
  ],
  ['1000 interrupt at 1000', '1000 commit [12] not before 1400'],
);
timeline(
  'keys during the first message wait for its end',
  {},
  [
    [0, ...agentSpeaks(false)],
    [1000, { type: 'keys-entered', digits: '1' }],
    [1500, { type: 'keys-entered', digits: '2' }],
    [2000, agentDone],
  ],
  ['2000 commit [1] [2] not before 2400'],
);

const QUIET = { silenceTimeoutSeconds: 2 };
timeline(
  'silence of both ends the call, counted from the start',
  QUIET,
  [[0, { type: 'began' }]],
  ['2000 silence-timed-out'],
);
timeline(
  'silence on hold is none: it counts anew when the caller is back',
  QUIET,
  [
    [0, { type: 'began' }],
    [1000, { type: 'held' }],
    [5000, { type: 'unheld' }],
  ],
  ['7000 silence-timed-out'],
);
timeline(
  'what the agent says on hold starts no silence either',
  QUIET,
  [
    [0, { type: 'began' }, { type: 'held' }, ...agentSpeaks()],
    [2000, agentDone],
    [5000, { type: 'unheld' }],
  ],
  ['7000 silence-timed-out'],
);
timeline(
  'the voice of the agent is no silence',
  QUIET,
  [
    [0, { type: 'began' }, ...agentSpeaks()],
    [5000, agentDone],
  ],
  ['7000 silence-timed-out'],
);
timeline(
  'the voice of the caller is none, nor are his keys',
  QUIET,
  [
    [0, { type: 'began' }],
    [1000, { say: 1500 }],
    [4000, { type: 'key-pressed' }],
  ],
  ['6000 silence-timed-out'],
);
timeline(
  'an answer in the making is none',
  QUIET,
  [
    [0, { type: 'began' }],
    [1000, final('Hi.', true)],
  ],
  ['1000 commit "Hi." 1000-1000 not before 1400'],
);
