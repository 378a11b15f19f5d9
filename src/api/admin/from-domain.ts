import type { Call, CallEvent } from '../../domain/calls/call.ts';
import type { ApiKey } from '../../domain/orgs/org.ts';
import { instantOf } from './instant-of.ts';

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

export function fromTimeline(call: Call, events: readonly CallEvent[]): Record<string, unknown> {
  return {
    callId: call.id,
    status: call.status,
    events: events.map(fromLine),
  };
}

export function fromLine({ seq, type, at, data }: CallEvent): Record<string, unknown> {
  return { seq, type, at: instantOf(at), data };
}
