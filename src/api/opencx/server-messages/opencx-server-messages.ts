import type { NewDelivery } from '../../../domain/deliveries/delivery.ts';
import type { FurtherMessages } from '../../../flow/server-messages.ts';
import { newId } from '../../../lib/ids.ts';

/** Our name of the delivery: the vendor's request names none. */
const TYPE = 'data-collection';

/** After a call, delivers what the agent has collected to the URL that the agent has for it. */
export const opencxServerMessages: FurtherMessages = {
  deliveriesOf(notice, { call, agent }, at): NewDelivery[] {
    const url = agent?.dataCollection?.webhookUrl;
    if (notice.type !== 'call-reported' || url === undefined || call.collected === undefined) return [];
    const { id: callId, orgId, agentId = null } = call;
    const body = JSON.stringify({ phone_agent_id: agentId, session_id: callId, data: call.collected });
    const id = newId(at);
    return [{ id, orgId, streamId: callId, callId, type: TYPE, server: { url }, body, createdAt: at }];
  },
};
