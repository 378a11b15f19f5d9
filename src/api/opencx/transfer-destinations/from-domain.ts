import type { StoredDestination } from '../../../domain/numbers/stored-destination.ts';
import { instantOf } from '../fields.ts';
import type { TransferDestinationReply } from './schema.ts';

export function fromStoredDestination(stored: StoredDestination): TransferDestinationReply {
  const { id, name, destination, createdAt, updatedAt } = stored;
  return {
    id,
    name,
    ...(destination.type === 'number'
      ? { type: 'phone', value: destination.number }
      : { type: 'sip', value: destination.sipUri }),
    created_at: instantOf(createdAt),
    updated_at: instantOf(updatedAt),
  };
}
