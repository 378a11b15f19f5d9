import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { tone } from '../../../test/support/tones.ts';
import type { VoicemailDetection } from '../../domain/agents/agent.ts';
import { Emitter } from '../../lib/emitter.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import type { AudioFrame } from '../../media/media-session.ts';
import type { HeardWords } from '../session/conversation-scribe.ts';
import { AnsweringMachine } from './answering-machine.ts';

const FRAME = 160;

let clock: FakeClock;
let audio: Emitter<AudioFrame>;
let words: Emitter<HeardWords>;
let told: string[];

beforeEach(() => {
  clock = new FakeClock();
  audio = new Emitter();
  words = new Emitter();
  told = [];
});

function listen(detection: Partial<VoicemailDetection> = {}): AnsweringMachine {
  return new AnsweringMachine({
    detection: { provider: 'vapi', settings: {}, ...detection },
    audio,
    words,
    clock,
    onMachine: (sign, heard) => told.push(`machine by ${sign}: ${heard}`),
    onHuman: () => told.push('human'),
  });
}

function beep(): void {
  const samples = new Int16Array(FRAME * 40);
  samples.set(tone(1_000, 400));
  for (let at = 0; at < samples.length; at += FRAME)
    audio.emit({ samples: samples.subarray(at, at + FRAME), at: 0 });
}

const says = (text: string, isFinal = true) => words.emit({ text, isFinal });

describe('an answering machine', () => {
  it('is told by its beep, also where it was heard before the answer', () => {
    listen().answered();
    beep();
    assert.deepEqual(told, ['machine by beep: a beep']);
    told = [];
    audio = new Emitter();
    const early = listen();
    beep();
    assert.deepEqual(told, [], 'nobody has answered yet');
    early.answered();
    assert.deepEqual(told, ['machine by beep: a beep before the answer']);
  });

  it('is told by what it says, once, in several languages', () => {
    listen().answered();
    says('Please leave a', false);
    says('Hi! Please leave a message after the tone.', false);
    says('You have reached the voice mail of Ann.');
    assert.deepEqual(told, ['machine by phrase: Hi! Please leave a message after the tone.']);
    for (const text of ['Bitte hinterlassen Sie eine Nachricht.', 'Deje su mensaje después de la señal.']) {
      told = [];
      words = new Emitter();
      listen().answered();
      says(text);
      assert.equal(told.length, 1, text);
    }
  });

  it('of which only the words count is not told by a beep', () => {
    const early = listen({ type: 'transcript' });
    beep();
    early.answered();
    assert.deepEqual(told, [], 'nor by one before the answer');
    beep();
    assert.deepEqual(told, []);
  });

  it('records at its beep, or when that was waited for long enough', async () => {
    const machine = listen({ beepMaxAwaitSeconds: 10 });
    machine.answered();
    clock.advance(4_000);
    says('Leave a message after the beep.');
    let isRecording = false;
    const recording = machine.recording().then(() => {
      isRecording = true;
    });
    clock.advance(5_999);
    await Promise.resolve();
    assert.equal(isRecording, false);
    clock.advance(1);
    await recording;
    assert.equal(isRecording, true);
  });
});

describe('a person', () => {
  it('has spoken, and was no machine as long as one was looked for', () => {
    listen({ backoffPlan: { startAtSeconds: 2, frequencySeconds: 2.5, maxRetries: 2 } }).answered();
    says('Hello? Who is there?');
    clock.advance(6_999);
    assert.deepEqual(told, []);
    clock.advance(1);
    assert.deepEqual(told, ['human']);
    says('I will leave a message for my wife.');
    assert.deepEqual(told, ['human'], 'nobody listens any more');
    assert.equal(clock.pendingCount, 0);
  });

  it('who says nothing is neither', () => {
    listen().answered();
    clock.advance(60_000);
    assert.deepEqual(told, []);
  });
});

it('a call that ends stops the listening', () => {
  const machine = listen();
  machine.answered();
  machine.close();
  machine.close();
  machine.answered();
  beep();
  says('Leave a message.');
  assert.deepEqual(told, []);
  assert.equal(clock.pendingCount, 0);
});
