import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../test/support/http-exchange.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import { newId } from '../../lib/ids.ts';
import { addressesOf, numberByText } from './number-lookup.ts';

describe('a number that a text means', () => {
  let exchange: HttpExchange;

  before(async () => {
    exchange = await openHttpExchange();
  });
  after(() => exchange.close());

  async function stored(fields: Partial<PhoneNumber>, orgId = exchange.orgId): Promise<PhoneNumber> {
    const now = exchange.clock.now();
    const number: PhoneNumber = {
      id: newId(now),
      orgId,
      carrier: 'trunk',
      credentialId: newId(now),
      e164CheckEnabled: false,
      status: 'active',
      binding: {},
      extras: {},
      createdAt: now,
      updatedAt: now,
      ...fields,
    };
    await exchange.storage.numbers.insert(number);
    return number;
  }
  const found = async (text: string, orgId = exchange.orgId) =>
    (await numberByText(exchange.storage.numbers, orgId, text))?.id;

  it('is found with its plus, without it, and with the space that it became', async () => {
    const { id } = await stored({ address: '+14155550123' });
    for (const text of ['+14155550123', '14155550123', ' 14155550123', '+1 (415) 555-0123', '1.415.555.0123'])
      assert.equal(await found(text), id, text);
    for (const text of ['4155550123', '', ' ', '+', '%', '1'.repeat(1000)])
      assert.equal(await found(text), undefined, text);
  });

  it('may be an extension, or the user part of a SIP URI where it has nothing else', async () => {
    const extension = await stored({ address: '1000' });
    const sip = await stored({ carrier: 'sip', sipUri: 'sip:Reception@sip.exchange.test' });
    assert.equal(await found('1000'), extension.id);
    assert.equal(await found('reception'), sip.id);
  });

  it('is never one of another org, nor hidden by one', async () => {
    const theirs = await stored({ address: '+4930555123' }, exchange.otherOrgId);
    await stored({ carrier: 'sip', sipUri: 'sip:theirs@sip.exchange.test' }, exchange.otherOrgId);
    assert.equal(await found('4930555123'), undefined);
    assert.equal(await found('theirs'), undefined);
    const ours = await stored({ address: '+4930555123' });
    assert.equal(await found('4930555123'), ours.id);
    assert.equal(await found('4930555123', exchange.otherOrgId), theirs.id);
  });
});

it('tries the form with a plus first', () => {
  assert.deepEqual(addressesOf('49 30'), ['+4930', '4930', '49 30']);
});
