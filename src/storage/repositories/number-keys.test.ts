import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import { addressScope, foldForSearch, searchTextOf, sipUserOf } from './number-keys.ts';

const number: PhoneNumber = {
  id: '1',
  orgId: 'o',
  carrier: 'sip',
  e164CheckEnabled: true,
  status: 'active',
  binding: {},
  extras: {},
  createdAt: 0,
  updatedAt: 0,
};

test('the user part of a SIP URI is taken without scheme, password, case and escapes', () => {
  const users: [string | undefined, string | undefined][] = [
    ['sip:Alice@example.com', 'alice'],
    ['SIPS:alice:secret@example.com:5061;transport=tls', 'alice'],
    ['sip:+49%2030@h', '+49 30'],
    ['sip:100%@h', '100%'],
    ['bob@h', 'bob'],
    ['sip:example.com', undefined],
    ['sip:@example.com', undefined],
    ['sip::pw@example.com', undefined],
    ['', undefined],
    [undefined, undefined],
  ];
  for (const [uri, user] of users) assert.equal(sipUserOf(uri), user, uri);
});

test('an address is unique per credential on a trunk, else over the exchange', () => {
  assert.equal(addressScope({ ...number, carrier: 'trunk', credentialId: 'c' }), 'c');
  assert.equal(addressScope({ ...number, carrier: 'twilio', credentialId: 'c' }), addressScope(number));
  assert.equal(addressScope({ ...number, carrier: 'trunk' }), addressScope(number));
});

test('the search text is folded and keeps its fields apart', () => {
  const text = searchTextOf({ ...number, name: 'ÅSA \u001f', address: '+46', sipUri: 'sip:A@B' });
  assert.equal(text, 'åsa  \u001f+46\u001fsip:a@b');
  assert.equal(foldForSearch('A\u030aSA'), 'åsa');
});
