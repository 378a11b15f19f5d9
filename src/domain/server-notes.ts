import type { Server } from './server.ts';

/** What of a server's settings does not do here what it says. */
export interface ServerNote {
  field: string;
  reason: string;
}

/** For the timeline of each call that speaks to the server. */
export function serverNotes({
  staticIpAddressesEnabled,
  encryptedPaths,
  credentialId,
}: Server): ServerNote[] {
  const notes: ServerNote[] = [];
  if (staticIpAddressesEnabled)
    notes.push({
      field: 'server.staticIpAddressesEnabled',
      reason: "requests come from this machine's own address: there is no other that could be promised",
    });
  if (encryptedPaths?.length && credentialId === undefined)
    notes.push({
      field: 'server.encryptedPaths',
      reason: 'nothing is encrypted without a credentialId of a credential that has an encryptionPlan',
    });
  return notes;
}
