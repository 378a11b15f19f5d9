import { isIP } from 'node:net';
import type { TrunkGateway } from '../../domain/credentials/credential.ts';
import type { TrunkRegistrar } from '../../domain/trunks/trunk.ts';
import type { SipUri } from '../../sip/message/message.ts';

/** The port that is written where the owner named none; of a host name it leaves the choice to DNS. */
const UNNAMED_PORT = 5060;

/**
 * Where a gateway is asked and called. An address is meant as it stands. A name with the usual port goes without one, so that
 * its SRV records say which servers stand behind it (RFC 3263 section 4.2), by the transport that the owner chose.
 */
export function gatewayUri({ ip, port, outboundProtocol }: TrunkGateway, user?: string): SipUri {
  const isLeftToDns = isIP(ip) === 0 && port === UNNAMED_PORT;
  const transport = outboundProtocol === 'tls/srtp' ? 'tls' : outboundProtocol;
  const isPlain = transport === 'udp' && !isLeftToDns;
  return {
    scheme: 'sip',
    host: ip,
    params: new Map(isPlain ? [] : [['transport', transport] as const]),
    headers: new Map(),
    ...(!isLeftToDns && { port }),
    ...(user !== undefined && { user }),
  };
}

/** Where the binding of a trunk is kept. */
export function registrarUri({ host, protocol }: TrunkRegistrar): string {
  return `sip:${host}${protocol === 'udp' ? '' : `;transport=${protocol}`}`;
}
