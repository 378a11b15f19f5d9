import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import { numberByText } from '../../server/number-lookup.ts';
import type { FluentsContext } from '../context.ts';
import { known } from '../errors.ts';
import type { NumberKey } from './schema.ts';

/** @throws {ExchangeError} 404 when the org has no such number. */
export async function findNumber(
  { numbers }: Pick<FluentsContext, 'numbers'>,
  orgId: string,
  { id, phone_number: text = '' }: NumberKey,
): Promise<PhoneNumber> {
  const found = id === undefined ? await numberByText(numbers, orgId, text) : await numbers.get(orgId, id);
  return known(found, 'Phone number', id ?? text);
}
