import { existsSync, globSync } from 'node:fs';

/** Programs that we did not write, peers for the most part, by the Debian package that brings them. */
const PEERS = {
  sipp: { path: '/usr/bin/sipp', debianPackage: 'sip-tester' },
  linphone: { path: '/usr/bin/linphonec', debianPackage: 'linphone-cli' },
  // Its folder is named after the machine.
  kamailioTls: {
    path: globSync('/usr/lib/*/kamailio/modules/tls.so')[0] ?? '',
    debianPackage: 'kamailio-tls-modules',
  },
  kamailio: { path: '/usr/sbin/kamailio', debianPackage: 'kamailio' },
  baresip: { path: '/usr/bin/baresip', debianPackage: 'baresip-core' },
  // Lifts the limit of a process that runs.
  prlimit: { path: '/usr/bin/prlimit', debianPackage: 'util-linux' },
} as const;

export type Peer = keyof typeof PEERS;

/** The program of a peer. */
export function peerProgram(peer: Peer): string {
  return PEERS[peer].path;
}

/**
 * Options for a suite that needs a peer: without it the suite is skipped and says why.
 * @throws where CI is `true`: there the peers belong to the machine, and a missing one must not pass for a success.
 */
export function needsPeer(peer: Peer): { skip: false | string } {
  const { path, debianPackage } = PEERS[peer];
  if (existsSync(path)) return { skip: false };
  const reason = `${peer} is not installed (Debian package ${debianPackage})`;
  if (process.env.CI === 'true') throw new Error(reason);
  return { skip: reason };
}
