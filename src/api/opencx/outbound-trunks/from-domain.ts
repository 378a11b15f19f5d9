import { instantOf } from '../fields.ts';
import type { OutboundTrunkReply } from './schema.ts';
import type { OutboundTrunk } from './to-domain.ts';

export function fromTrunk({ id, name, createdAt, updatedAt }: OutboundTrunk): OutboundTrunkReply {
  return { id, name: name ?? '', created_at: instantOf(createdAt), updated_at: instantOf(updatedAt) };
}
