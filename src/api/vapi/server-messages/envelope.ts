import type { Agent } from '../../../domain/agents/agent.ts';
import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import type { CallScene } from '../../../flow/server-messages.ts';
import { fromAgent, fromTransientAgent } from '../assistants/from-domain.ts';
import { fromArtifact, fromCallAlone } from '../calls/from-domain.ts';
import { compact } from '../fields.ts';
import { fromNumber } from '../phone-numbers/from-domain.ts';

export type Json = Record<string, unknown>;

/** What every message says of its call, in the vendor's shapes. */
interface ShownScene {
  call: Json;
  phoneNumber: Json | undefined;
  customer: Json;
  assistant: Json | undefined;
}

/** Agents and numbers stay as they are for a whole call, and stand in every message of it. */
const shownAgents = new WeakMap<Agent, Json>();
const shownNumbers = new WeakMap<PhoneNumber, Json>();

function showScene({ call, number, agent }: CallScene, publicUrl: string): ShownScene {
  const phoneNumber = number && remembered(shownNumbers, number, fromNumber);
  // A transient agent has no id that anybody could look up.
  const isStored = agent !== undefined && agent.id === call.agentId;
  return {
    call: {
      ...fromCallAlone(call, publicUrl),
      ...compact({ phoneNumber, phoneCallProviderDetails: providerDetails(call.headers) }),
    },
    phoneNumber,
    customer: compact(call.customer),
    assistant: agent && remembered(shownAgents, agent, isStored ? fromAgent : fromTransientAgent),
  };
}

/** X- headers of the INVITE, where the vendor's handlers look for them. */
function providerDetails(headers: Record<string, string>): Json | undefined {
  return Object.keys(headers).length > 0 ? { sip: { headers } } : undefined;
}

function remembered<T extends object>(known: WeakMap<T, Json>, value: T, show: (value: T) => Json): Json {
  const found = known.get(value);
  if (found) return found;
  const shown = show(value);
  known.set(value, shown);
  return shown;
}

export interface EnvelopeOptions {
  scene: CallScene;
  publicUrl: string;
  /** Milliseconds since the epoch. */
  at: number;
}

/**
 * A message as it goes out, as JSON text.
 * @param body what its type has of its own. @param call further keys of the call.
 */
export function envelope(type: string, body: Json, options: EnvelopeOptions, call: Json = {}): string {
  const shown = showScene(options.scene, options.publicUrl);
  const message = compact({ timestamp: options.at, type, ...body, ...shown });
  return JSON.stringify({ message: { ...message, call: { ...shown.call, ...call } } });
}

/** The conversation so far, as messages carry it. */
export function artifactOf({ call, messages, turns }: CallScene, publicUrl: string): Json {
  return fromArtifact({ call, messages, turns }, publicUrl);
}
