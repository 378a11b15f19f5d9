import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeTcpPort } from './free-tcp-port.ts';
import { peerProgram } from './peers.ts';
import { until } from './until.ts';

const HOST = '127.0.0.1';
const START_LIMIT_MS = 10_000;
const END_LIMIT_MS = 5_000;
/** How long a node may say nothing before the next one is tried, in milliseconds. */
const NODE_TIMEOUT_MS = 1_000;
/** Megabytes of memory: the default of 64 shared ones is for more than two nodes. */
const MEMORY = ['-m', '32', '-M', '4'];

/** A proxy that stands in front of exchanges, as operators put one. */
export interface Kamailio {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts Kamailio on a port for UDP and TCP: it spreads calls over the nodes by their Call-ID, stays in the way of each
 * call by Record-Route, and goes to the next node where one answers 503 or not at all.
 */
export async function startKamailio(nodePorts: readonly number[]): Promise<Kamailio> {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-kamailio-'));
  const port = await freeTcpPort();
  const list = join(folder, 'dispatcher.list');
  const config = join(folder, 'kamailio.cfg');
  await writeFile(list, nodePorts.map((nodePort) => `1 sip:${HOST}:${nodePort}\n`).join(''));
  await writeFile(config, configuration(port, list));
  const child = spawn(
    peerProgram('kamailio'),
    // In the foreground, its log on the console, its files in the folder.
    ['-DD', '-E', '-f', config, '-Y', folder, '-w', folder, ...MEMORY],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let shown = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => {
      shown = (shown + part).slice(-8_000);
    });
  }
  try {
    await until('Kamailio listens', () => child.exitCode !== null || isOpen(port), START_LIMIT_MS);
    if (child.exitCode !== null) throw new Error(`Kamailio ended with code ${child.exitCode}`);
  } catch (error) {
    await end(child);
    throw new Error(`Kamailio did not start\n${shown}`, { cause: error });
  }
  return {
    port,
    async close() {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configuration(port: number, list: string): string {
  const modules = ['tm', 'sl', 'rr', 'pv', 'maxfwd', 'textops', 'siputils', 'dispatcher'];
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
    if (loose_route()) { t_relay(); exit; }
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

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Its first process ends its others; one that does not go is killed. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS);
  await exited;
  clearTimeout(killer);
}
