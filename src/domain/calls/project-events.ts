import type { CallEvent, CallMessage, TurnLatency } from './call.ts';

/** What a call's timeline says of its conversation so far. */
export interface Conversation {
  messages: CallMessage[];
  turns: TurnLatency[];
}

/** Reads messages and turns from the timeline: for a call that is up, or one whose process died. */
export function projectEvents(events: CallEvent[]): Conversation {
  const messages: CallMessage[] = [];
  const turns: TurnLatency[] = [];
  for (const event of events) {
    if (event.type === 'message.added') messages.push(event.data as unknown as CallMessage);
    if (event.type === 'turn.measured') turns.push(event.data as unknown as TurnLatency);
  }
  messages.sort((a, b) => a.startedAt - b.startedAt);
  return { messages, turns };
}
