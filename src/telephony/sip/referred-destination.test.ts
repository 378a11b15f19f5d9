import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUri } from '../../sip/message/uri.ts';
import { referredDestination } from './referred-destination.ts';

function read(text: string) {
  const uri = parseUri(text);
  assert.ok(uri, text);
  return referredDestination(uri);
}

test('a Refer-To names a SIP destination, without what is for the INVITE alone', () => {
  assert.deepEqual(read('sip:desk@192.0.2.7:5080;transport=tcp;method=INVITE?X-Ticket=4&Subject=Hi'), {
    destination: { type: 'sip', sipUri: 'sip:desk@192.0.2.7:5080;transport=tcp' },
    replaces: undefined,
  });
});

test('of an attended transfer it names the dialog that is given up', () => {
  const asked = read('sip:desk@192.0.2.7?Replaces=a84b%4010.0.0.1%3Bto-tag%3D7%3Bfrom-tag%3D8');
  assert.equal(asked?.replaces, 'a84b@10.0.0.1;to-tag=7;from-tag=8');
  assert.deepEqual(asked.destination, { type: 'sip', sipUri: 'sip:desk@192.0.2.7' });
});

test('a tel URI is a number for the trunk', () => {
  assert.deepEqual(read('tel:+49-30-1234'), {
    destination: { type: 'number', number: '+49301234', e164CheckEnabled: true },
    replaces: undefined,
  });
});

test('what is no call is not asked of us', () => {
  assert.equal(read('sip:desk@192.0.2.7;method=SUBSCRIBE'), undefined);
  assert.equal(read('mailto:desk@example.com'), undefined);
});
