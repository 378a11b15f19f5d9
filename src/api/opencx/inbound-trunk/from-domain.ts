import { AGENT_ID_HEADER } from '../../../domain/numbers/agent-header.ts';
import type { InboundTrunk } from '../../../domain/orgs/org.ts';
import type { InboundTrunkReply } from './schema.ts';

/** @param sipDomain host that the numbers are called at. The password is shown each time, as by the vendor. */
export function fromInboundTrunk(trunk: InboundTrunk, sipDomain: string): InboundTrunkReply {
  return {
    id: trunk.id,
    sip_endpoint: `sip:${sipDomain}`,
    auth_username: trunk.username,
    auth_password: trunk.password.reveal(),
    phone_numbers: trunk.numbers,
    krisp_enabled: trunk.krispEnabled,
    agent_id_header: AGENT_ID_HEADER,
  };
}
