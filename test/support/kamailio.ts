import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freeTcpPort } from './free-tcp-port.ts';
import { launchKamailio } from './kamailio-process.ts';

const HOST = '127.0.0.1';
/** How long a node may say nothing before the next one is tried, in milliseconds. */
const NODE_TIMEOUT_MS = 1_000;

/** A proxy that stands in front of exchanges, as operators put one. */
export interface Kamailio {
  readonly port: number;
  /** Resolves once it has sent on a request of this method that came from a port: the first of a call, or a later one. */
  relayed(method: string, sourcePort: number, place: 'first' | 'later'): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts Kamailio on a port for UDP and TCP: it spreads calls over the nodes by their Call-ID, stays in the way of each
 * call by Record-Route, and goes to the next node where one answers 503 or not at all. Calls of the nodes, which come with a
 * Route to it, go on to whom they are for.
 */
export async function startKamailio(nodePorts: readonly number[], port?: number): Promise<Kamailio> {
  const ownPort = port ?? (await freeTcpPort());
  const { close, shows } = await launchKamailio(ownPort, async (folder) => {
    const list = join(folder, 'dispatcher.list');
    await writeFile(list, nodePorts.map((nodePort) => `1 sip:${HOST}:${nodePort}\n`).join(''));
    return configuration(ownPort, list);
  });
  return {
    port: ownPort,
    relayed: (method, sourcePort, place) => shows(`${place} ${method} from port <${sourcePort}>`),
    close,
  };
}

function configuration(port: number, list: string): string {
  const modules = ['tm', 'sl', 'rr', 'pv', 'maxfwd', 'textops', 'siputils', 'dispatcher', 'xlog'];
  return `#!KAMAILIO
debug=1
log_stderror=yes
children=2
tcp_children=2
listen=udp:${HOST}:${port}
listen=tcp:${HOST}:${port}
auto_aliases=no
${modules.map((name) => `loadmodule "${name}.so"`).join('\n')}
modparam("dispatcher", "list_file", "${list}")
modparam("dispatcher", "flags", 2)
modparam("dispatcher", "xavp_dst", "_dsdst_")
modparam("tm", "fr_timer", ${NODE_TIMEOUT_MS})

request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (has_totag()) {
    if (loose_route()) {
      xlog("L_NOTICE", "later $rm from port <$sp>\\n");
      t_relay();
      exit;
    }
    if (is_method("ACK") && t_check_trans()) { t_relay(); exit; }
    if (!is_method("ACK")) { sl_send_reply("404", "Not Here"); }
    exit;
  }
  if (is_method("CANCEL")) {
    if (t_check_trans()) { t_relay(); }
    exit;
  }
  t_check_trans();
  record_route();
  xlog("L_NOTICE", "first $rm from port <$sp>\\n");
  # of a Route that was there before the dialog loose_route says "not mine", and takes it away
  if (is_present_hf("Route")) { loose_route(); t_relay(); exit; }
  # 0: by the hash of the Call-ID
  if (!ds_select_dst("1", "0")) { sl_send_reply("503", "No Node"); exit; }
  t_on_failure("NEXT_NODE");
  t_relay();
}

failure_route[NEXT_NODE] {
  if (t_is_canceled()) { exit; }
  if (t_check_status("503") || (t_branch_timeout() && !t_branch_replied())) {
    if (ds_next_dst()) { t_on_failure("NEXT_NODE"); t_relay(); exit; }
  }
}
`;
}
