import type { AgentWebhook } from '../../../domain/agents/agent.ts';
import type { NewDelivery } from '../../../domain/deliveries/delivery.ts';
import type { FurtherMessages, ServerClient } from '../../../flow/server-messages.ts';
import type { Clock } from '../../../lib/clock.ts';
import { newId } from '../../../lib/ids.ts';
import { type EventType, eventsOf } from './event-types.ts';
import { callExternal, isExternal } from './external-action.ts';

/** What events were once called: who subscribed to them by that name gets them under it. */
const FORMER_NAMES: Partial<Record<EventType, string>> = { event_human_detection: 'event_machine_detection' };

export interface VocodeServerMessagesOptions {
  post: ServerClient['post'];
  clock: Clock;
  /** Base of the URLs handed out, without a slash at its end; asked anew each time. */
  publicUrl(): string;
}

/** Tells the agent's webhook of its calls, and calls external actions, in the words that Vocode and Fluents share. */
export function vocodeServerMessages(options: VocodeServerMessagesOptions): FurtherMessages {
  return {
    deliveriesOf(notice, scene, at) {
      const webhook = scene.agent?.webhook;
      if (!webhook) return [];
      const { id: callId, orgId } = scene.call;
      return eventsOf(notice, scene, { publicUrl: options.publicUrl(), at })
        .flatMap(({ type, payload }) => {
          const name = [type, FORMER_NAMES[type]].find((one) => one && webhook.subscriptions.includes(one));
          return name ? [{ type: name, payload }] : [];
        })
        .map(
          ({ type, payload }): NewDelivery => ({
            id: newId(at),
            orgId,
            streamId: callId,
            callId,
            type,
            server: { url: webhook.url },
            ...methodOf(webhook),
            body: JSON.stringify({ type, call_id: callId, payload: payload() }),
            createdAt: at,
          }),
        );
    },
    tools: {
      includes: isExternal,
      call: (call, scene, signal) => callExternal(call, scene, signal, options),
    },
  };
}

function methodOf({ method }: AgentWebhook): Pick<NewDelivery, 'method'> {
  return method === 'GET' ? { method } : {};
}
