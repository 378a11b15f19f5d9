import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUri } from '../message/uri.ts';
import { locateServer } from './locate-server.ts';
import type { Source } from './session.ts';

const ADDRESS = '192.0.2.7';

async function locate(text: string): Promise<Source> {
  const uri = parseUri(text);
  assert.ok(uri);
  return locateServer(uri, async () => ADDRESS);
}

const PLACES: Record<string, Source> = {
  'sip:a@192.0.2.7': { protocol: 'udp', address: ADDRESS, port: 5060 },
  'sip:a@192.0.2.7;transport=TCP': { protocol: 'tcp', address: ADDRESS, port: 5060 },
  'sip:a@192.0.2.7;transport=tls': { protocol: 'tls', address: ADDRESS, port: 5061, name: ADDRESS },
  'sip:a@pbx.test:5071;transport=tls': { protocol: 'tls', address: ADDRESS, port: 5071, name: 'pbx.test' },
  'sips:a@pbx.test': { protocol: 'tls', address: ADDRESS, port: 5061, name: 'pbx.test' },
  'sips:a@pbx.test;transport=tcp': { protocol: 'tls', address: ADDRESS, port: 5061, name: 'pbx.test' },
  'sips:a@pbx.test;transport=tls': { protocol: 'tls', address: ADDRESS, port: 5061, name: 'pbx.test' },
  'sips:a@pbx.test;maddr=192.0.2.9': { protocol: 'tls', address: '192.0.2.9', port: 5061, name: 'pbx.test' },
};

for (const [uri, place] of Object.entries(PLACES)) {
  test(`a request for ${uri} goes to ${place.protocol} ${place.address}:${place.port}`, async () => {
    assert.deepEqual(await locate(uri), place);
  });
}

for (const uri of ['sips:a@pbx.test;transport=udp', 'sip:a@pbx.test;transport=ws', 'tel:+15550100']) {
  test(`a request for ${uri} is refused, never sent in the clear`, async () => {
    await assert.rejects(locate(uri), { status: 416 });
  });
}
