import { launchKamailio } from '../../test/support/kamailio-process.ts';
import { freeTcpPort } from './ports.ts';
import { SESSION_DESCRIPTION } from './session-description.ts';

/**
 * Kamailio answering calls by itself: its transactions (tm) take INVITE, ACK and BYE, 180 and 200 are its own. One process
 * of it does all the calls of a transport. The port is of UDP and TCP.
 */
export async function startKamailioUas(): Promise<{ pid: number; port: number; stop(): Promise<void> }> {
  const port = await freeTcpPort();
  const { pid, close } = await launchKamailio(port, () => configuration(port));
  return { pid, port, stop: close };
}

function configuration(port: number): string {
  const body = SESSION_DESCRIPTION.replaceAll('\r\n', '\\r\\n');
  const modules = ['tm', 'sl', 'pv', 'textops', 'siputils'];
  return `#!KAMAILIO
debug=0
log_stderror=yes
children=1
tcp_children=1
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
auto_aliases=no
${modules.map((name) => `loadmodule "${name}.so"`).join('\n')}

request_route {
  # without it the ACK of a 200 belongs to nothing, and the 200 is sent again
  if (is_method("ACK")) { t_check_trans(); exit; }
  if (is_method("INVITE")) {
    if (!t_newtran()) { exit; }
    t_reply("180", "Ringing");
    append_to_reply("Contact: <sip:127.0.0.1:${port};transport=$proto>\\r\\n");
    set_reply_body("${body}", "application/sdp");
    t_reply("200", "OK");
    exit;
  }
  if (!t_newtran()) { exit; }
  t_reply("200", "OK");
}
`;
}
