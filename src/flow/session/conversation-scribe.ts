import type { Conversation, ConversationEnd, ConversationEvent } from '../../voice/engine/conversation.ts';
import type { CallRecorder } from './call-recorder.ts';
import type { CallStory } from './call-story.ts';

/** What the far end says, or seems to say as yet. */
export interface HeardWords {
  text: string;
  isFinal: boolean;
}

export interface ScribeEvents {
  /** Also where nothing of what is said may be kept: to be judged at once and forgotten. */
  heard(words: HeardWords): void;
  /** Milliseconds from the caller's last word to the agent's first packet. */
  latency(ms: number): void;
  end(reason: ConversationEnd): void;
}

/**
 * Writes down what happens in an agent's conversation, and tells the customer's server; of a call of which nothing may be
 * kept, only that it happened. @returns stops it.
 */
export function writeDown(
  conversation: Conversation,
  recorder: CallRecorder,
  story: CallStory,
  on: ScribeEvents,
): () => void {
  return conversation.events.on((event) => {
    const words = wordsHeardIn(event);
    if (words) on.heard(words);
    if (recorder.call.hipaaCompliant && saysWords(event)) return;
    switch (event.type) {
      case 'message': {
        const { message } = event;
        story.messages.push(message);
        recorder.record('message.added', message, undefined, { type: 'conversation-changed', message });
        const { role, message: text } = message;
        if (role === 'user' || role === 'agent')
          recorder.tell({ type: 'transcribed', role, text, isFinal: true });
        break;
      }
      case 'partial-transcript':
        recorder.tell({ type: 'transcribed', role: 'user', text: event.text, isFinal: false });
        break;
      case 'speech': {
        const { role, status, turn } = event;
        recorder.tell({ type: 'speech-changed', role, status, turn });
        break;
      }
      case 'interrupted': {
        const { playedText, turnId } = event;
        const played = recorder.call.hipaaCompliant ? {} : { playedText };
        recorder.record('speech.interrupted', played, undefined, {
          type: 'user-interrupted',
          turnId,
        });
        break;
      }
      case 'model-output':
        recorder.tell({ type: 'model-gave', output: event.output, turnId: event.turnId });
        break;
      case 'delayed':
        recorder.tell({ type: 'agent-delayed' });
        break;
      case 'turn':
        story.turns.push(event.latency);
        recorder.record('turn.measured', event.latency);
        if (event.latency.rtpFirstPacketMs !== undefined) on.latency(event.latency.rtpFirstPacketMs);
        break;
      case 'warning':
        recorder.record('agent.warned', { code: event.code, message: event.message });
        break;
      case 'end':
        on.end(event.reason);
    }
  });
}

function wordsHeardIn(event: ConversationEvent): HeardWords | undefined {
  if (event.type === 'partial-transcript') return { text: event.text, isFinal: false };
  if (event.type !== 'message' || event.message.role !== 'user') return undefined;
  return { text: event.message.message, isFinal: true };
}

/** What of a conversation is neither kept nor told where nothing of what was said may be. */
function saysWords({ type }: ConversationEvent): boolean {
  return type === 'message' || type === 'partial-transcript' || type === 'model-output';
}
