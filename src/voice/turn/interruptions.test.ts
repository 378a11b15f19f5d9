import { agentDone, agentSpeaks, final, partial, timeline } from '../../../test/support/turn-timeline.ts';

timeline(
  '0.2 s of voice pause the agent; words make it an interruption',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { say: 900 }],
    [1600, partial('what about')],
    [2200, final('What about Sunday?')],
  ],
  ['1200 pause', '1600 interrupt at 1200', '2300 commit "What about Sunday?" 1000-1900 not before 2700'],
);
timeline(
  'after an interruption the agent stays silent for backoffSeconds',
  { stop: { backoffSeconds: 4 } },
  [
    [0, ...agentSpeaks()],
    [1000, { say: 500 }],
    [1500, final('Sunday?', true)],
  ],
  ['1200 pause', '1500 interrupt at 1200', '1500 commit "Sunday?" 1000-1480 not before 5200'],
);
timeline(
  'a click of 100 ms does not stop the agent',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { say: 100 }],
  ],
  [],
);
timeline(
  'voice without words is no interruption: the agent goes on 2 s after it',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { say: 400 }],
  ],
  ['1200 pause', '3600 resume'],
);
timeline(
  'voice without end or words is noise: the agent goes on 4 s after it was paused',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { say: 6000 }],
    [7300, { say: 400 }],
  ],
  ['1200 pause', '5200 resume', '7500 pause', '9900 resume'],
  10000,
);
timeline(
  'an empty final about that voice lets the agent go on at once',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { say: 400 }],
    [1900, final('')],
  ],
  ['1200 pause', '1900 resume'],
);
timeline(
  'an acknowledgement never interrupts: the agent goes on',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { say: 400 }],
    [1900, final('Uh-huh, okay.')],
    [4000, agentDone],
  ],
  ['1200 pause', '1900 resume', '4000 acknowledged "Uh-huh, okay."'],
);
timeline(
  'an acknowledgement in the last second of the agent is an answer',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { say: 400 }],
    [1900, final('Yes.')],
    [2500, agentDone],
  ],
  ['1200 pause', '1900 resume', '2500 commit "Yes." 1000-1400 not before 2900'],
);
timeline(
  'an acknowledgement that goes on becomes an interruption',
  {},
  [
    [0, ...agentSpeaks()],
    [1000, { say: 1500 }],
    [1400, partial('yeah')],
    [1900, partial('yeah I know')],
    [2600, final('Yeah, I know.', true)],
  ],
  ['1200 pause', '1900 interrupt at 1200', '2600 commit "Yeah, I know." 1000-2480 not before 3000'],
);
timeline(
  'with numWords the voice alone stops nothing and words must be enough',
  { stop: { numWords: 3 } },
  [
    [0, ...agentSpeaks()],
    [1000, { say: 1500 }],
    [1500, partial('I want')],
    [2000, partial('I want tickets')],
    [2600, final('I want tickets.')],
  ],
  ['2000 interrupt at 2000', '2700 commit "I want tickets." 1000-2500 not before 3100'],
);
timeline(
  'too few words wait for the end of the agent and are answered then',
  { stop: { numWords: 3 } },
  [
    [0, ...agentSpeaks()],
    [1000, { say: 500 }],
    [1900, final('Tickets please.')],
    [3000, agentDone],
  ],
  ['3000 commit "Tickets please." 1000-1500 not before 3400'],
);
timeline(
  'an interruption phrase needs no number of words',
  { stop: { numWords: 5 } },
  [
    [0, ...agentSpeaks()],
    [1000, { say: 500 }],
    [1300, partial("don't")],
  ],
  ['1300 interrupt at 1300', '3000 commit "don\'t" 1000-1500 not before 3400'],
);
timeline(
  'the first message is not interrupted; what was said meanwhile is answered after it',
  {},
  [
    [0, ...agentSpeaks(false)],
    [1000, { say: 1000 }],
    [2100, final('Stop, are you open?')],
    [4000, agentDone],
  ],
  ['4000 commit "Stop, are you open?" 1000-2000 not before 4400'],
);
timeline(
  'new words before the answer is heard take the turn back',
  { stop: { backoffSeconds: 4 } },
  [
    [0, { say: 1000 }],
    [1200, final('I need a table.', true)],
    [1400, { say: 800 }],
    [2000, partial('for two')],
    [2300, final('For two.', true)],
  ],
  [
    '1200 commit "I need a table." 0-1000 not before 1600',
    '1600 pause',
    '2000 interrupt at 1600 unheard',
    '2300 commit "For two." 1400-2180 not before 2700',
  ],
);
timeline(
  'the rest of the voice that was committed does not stop the answer',
  {},
  [
    [0, { say: 1000 }],
    [860, final('Hello.', true)],
    [900, { type: 'agent-audible' }],
  ],
  ['860 commit "Hello." 0-840 not before 1260'],
);
