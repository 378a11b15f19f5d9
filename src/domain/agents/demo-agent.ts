import { newId } from '../../lib/ids.ts';
import type { Agent } from './agent.ts';

const PROMPT = `You are the friendly receptionist of the Riverside Bakery. Answer briefly, in one or two spoken sentences.
Opening hours: We are open Monday to Friday from seven to six, and Saturday from eight to two.
Address: You find us at twelve Mill Street, next to the old bridge.
Parking: There is free parking behind the house.
Delivery: We deliver in town for orders over twenty dollars.
Payment: We take cash and all common cards.
Bread: Today we have rye bread, white bread and rolls.
Cakes: We bake birthday cakes to order, with two days notice.
Phone: You can leave your number and we will call you back.`;

/** The agent that answers the demo number: facts in its prompt, so that the scripted brain can answer from them. */
export function demoAgent(orgId: string, nowMs: number): Agent {
  return {
    id: newId(nowMs),
    orgId,
    name: 'Demo receptionist',
    firstMessage: 'Hello, this is the Riverside Bakery. How can I help you?',
    firstMessageMode: 'assistant-speaks-first',
    brain: {
      provider: 'offhook',
      messages: [{ role: 'system', content: PROMPT }],
      tools: [{ type: 'endCall', settings: {} }],
      toolIds: [],
      settings: {},
    },
    // The offline transcriber writes no punctuation, so an unpunctuated sentence must not wait for more.
    startSpeakingPlan: { waitSeconds: 0.2, onNoPunctuationSeconds: 0.4 },
    endCallMessage: 'Thank you for calling. Goodbye.',
    extras: {},
    createdAt: nowMs,
    updatedAt: nowMs,
  };
}
