import type { Call, CallEvent } from '../../domain/calls/call.ts';
import type { ApiKey, Org } from '../../domain/orgs/org.ts';

export function fromKey(key: ApiKey): Record<string, unknown> {
  return {
    id: key.id,
    ...(key.name !== undefined && { name: key.name }),
    prefix: key.prefix,
    ...(key.dialect !== undefined && { dialect: key.dialect }),
    createdAt: instantOf(key.createdAt),
    ...(key.revokedAt !== undefined && { revokedAt: instantOf(key.revokedAt) }),
  };
}

export function fromOrg(org: Org): Record<string, unknown> {
  return { id: org.id, name: org.name, createdAt: instantOf(org.createdAt) };
}

export function fromTimeline(call: Call, events: readonly CallEvent[]): Record<string, unknown> {
  return {
    callId: call.id,
    status: call.status,
    events: events.map(({ seq, type, at, data }) => ({ seq, type, at: instantOf(at), data })),
  };
}

function instantOf(at: number): string {
  return new Date(at).toISOString();
}
