import { freeTcpPort } from './free-tcp-port.ts';
import { launchKamailio } from './kamailio-process.ts';
import { CERT_PATH, KEY_PATH } from './test-certificate.ts';

const HOST = '127.0.0.1';
export const TRUNK_REALM = 'trunk.test';

/** What its log says of a new binding. */
const BINDING = 'there is a binding of';

export interface KamailioTrunkOptions {
  /** The account of the exchange, whose numbers are all those that no telephone has registered. */
  account: string;
  /** Password of every account: the exchange's, and those of the telephones, whose names are their numbers. */
  password: string;
}

/** A small carrier: a registrar and proxy that asks for an account at every turn, and speaks TLS alone. */
export interface KamailioTrunk {
  readonly port: number;
  /** Resolves once it has a binding of this user. */
  registered(user: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts Kamailio as the trunk between an exchange and telephones: each registers with it by digest, and is reached over the
 * connection that it made, as behind NAT.
 */
export async function startKamailioTrunk(options: KamailioTrunkOptions): Promise<KamailioTrunk> {
  const port = await freeTcpPort();
  const { close, shows } = await launchKamailio(port, () => configuration(port, options));
  return { port, close, registered: (user) => shows(`${BINDING} <${user}>`) };
}

function configuration(port: number, { account, password }: KamailioTrunkOptions): string {
  const modules = ['tls', 'tm', 'sl', 'rr', 'pv', 'maxfwd', 'textops', 'siputils', 'auth', 'xlog'];
  const registrar = ['usrloc', 'registrar', 'nathelper'];
  return `#!KAMAILIO
debug=1
log_stderror=yes
children=2
tcp_children=2
enable_tls=yes
listen=tls:${HOST}:${port}
auto_aliases=no
${[...modules, ...registrar].map((name) => `loadmodule "${name}.so"`).join('\n')}
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "certificate", "${CERT_PATH}")
modparam("tls", "private_key", "${KEY_PATH}")
modparam("registrar", "received_avp", "$avp(received)")
modparam("nathelper", "received_avp", "$avp(received)")
modparam("registrar", "max_expires", 60)

request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (has_totag()) {
    if (loose_route()) {
      # back over the connection that the other side made
      handle_ruri_alias();
      if (is_method("INVITE|UPDATE")) { add_contact_alias(); }
      t_on_reply("ANSWERS");
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
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("${TRUNK_REALM}", "${password}", "0")) { www_challenge("${TRUNK_REALM}", "1"); exit; }
    if ($au != $tU) { sl_send_reply("403", "Not Yours"); exit; }
    fix_nated_register();
    if (save("location")) { xlog("L_NOTICE", "${BINDING} <$tU>\\n"); }
    exit;
  }
  if (!pv_proxy_authenticate("${TRUNK_REALM}", "${password}", "0")) { proxy_challenge("${TRUNK_REALM}", "1"); exit; }
  consume_credentials();
  record_route();
  add_contact_alias();
  if (!lookup("location")) {
    $rU = "${account}";
    if (!lookup("location")) { sl_send_reply("480", "Not Registered"); exit; }
  }
  t_on_reply("ANSWERS");
  t_relay();
}

onreply_route[ANSWERS] {
  if (is_method("INVITE|UPDATE")) { add_contact_alias(); }
}
`;
}
