import { existsSync, globSync } from 'node:fs';
import { leftOut } from './left-out.ts';

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

/** Options of a suite that needs a peer: without it the suite is left out. @throws in CI, see {@link leftOut} */
export function needsPeer(peer: Peer): { skip: false | string } {
  const { path, debianPackage } = PEERS[peer];
  return existsSync(path)
    ? { skip: false }
    : leftOut(`${peer} is not installed (Debian package ${debianPackage})`);
}
