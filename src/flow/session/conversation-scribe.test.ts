import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUpSession } from '../../../test/support/fake-session.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import { Emitter } from '../../lib/emitter.ts';
import type { Conversation, ConversationEvent } from '../../voice/engine/conversation.ts';
import { CallStory } from './call-story.ts';
import { type HeardWords, writeDown } from './conversation-scribe.ts';

for (const hipaaCompliant of [false, true])
  test(`the words of a call are heard ${hipaaCompliant ? 'also where none of them is kept' : 'and kept'}`, async () => {
    const { recorder, lines, told } = setUpSession();
    if (hipaaCompliant) recorder.record('agent.started', {}, (call) => ({ ...call, hipaaCompliant }));
    const events = new Emitter<ConversationEvent>();
    const heard: HeardWords[] = [];
    const story = new CallStory({} as PhoneNumber, undefined);
    writeDown({ events } as unknown as Conversation, recorder, story, {
      heard: (words) => heard.push(words),
      latency: () => {},
      end: () => {},
    });
    const said = { startedAt: 0, endedAt: 0 };
    events.emit({ type: 'partial-transcript', text: 'Leave a' });
    events.emit({ type: 'message', message: { ...said, role: 'user', message: 'Leave a message.' } });
    events.emit({ type: 'message', message: { ...said, role: 'agent', message: 'Hello.' } });
    assert.deepEqual(heard, [
      { text: 'Leave a', isFinal: false },
      { text: 'Leave a message.', isFinal: true },
    ]);
    await recorder.flushed();
    assert.equal(JSON.stringify([lines, told, story.messages]).includes('Leave a'), !hipaaCompliant);
  });
