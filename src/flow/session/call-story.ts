import type { Agent } from '../../domain/agents/agent.ts';
import type { Call, CallMessage, TurnLatency } from '../../domain/calls/call.ts';
import type { NewDelivery } from '../../domain/deliveries/delivery.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { Org } from '../../domain/orgs/org.ts';
import type { CallNotice, CallScene, ServerMessages } from '../server-messages.ts';

/** What this process knows of a call that is up beyond its record: who speaks, what was said. */
export class CallStory {
  readonly number: PhoneNumber;
  readonly org: Org | undefined;
  readonly messages: CallMessage[] = [];
  readonly turns: TurnLatency[] = [];
  /** Who speaks now, with what only this process may know of it, such as vendor keys. */
  agent: Agent | undefined;

  constructor(number: PhoneNumber, org: Org | undefined) {
    this.number = number;
    this.org = org;
  }

  scene(call: Call): CallScene {
    const { number, org, agent, turns } = this;
    return { call, number, org, agent, messages: this.inOrder(), turns };
  }

  /** Messages by the time they began, which is not always the order in which they were complete. */
  inOrder(): CallMessage[] {
    return this.messages.toSorted((a, b) => a.startedAt - b.startedAt);
  }

  /** How the recorder of this call tells the customer's server. */
  renderWith(serverMessages: ServerMessages): (notice: CallNotice, call: Call, at: number) => NewDelivery[] {
    return (notice, call, at) => serverMessages.deliveriesOf(notice, this.scene(call), at);
  }
}
