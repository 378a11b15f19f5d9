import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';

const URL = '/phone/sip/outbound-trunks';
const BODY = {
  name: 'Carrier',
  host: 'sip.carrier.example',
  username: 'me',
  password: 'hunter2',
  caller_number: '+14155550100',
};

describe(URL, () => {
  let exchange: HttpExchange;

  before(async () => {
    exchange = await openHttpExchange();
  });
  after(() => exchange.close());

  async function trunk(body: object) {
    const reply = await exchange.inject('POST', URL, body);
    assert.equal(reply.status, 200, reply.text);
    const shown = reply.body as { id: string; name: string; created_at: string; updated_at: string };
    assert.deepEqual(Object.keys(shown), ['id', 'name', 'created_at', 'updated_at']);
    const stored = await exchange.storage.credentials.get(exchange.orgId, shown.id);
    assert.ok(stored?.provider === 'byo-sip-trunk');
    return stored;
  }

  it('makes a trunk that calls go out over, and none come in', async () => {
    const { gateways, ...stored } = await trunk(BODY);
    assert.deepEqual(gateways, [
      {
        ip: 'sip.carrier.example',
        port: 5060,
        netmask: 32,
        inboundEnabled: false,
        outboundEnabled: true,
        outboundProtocol: 'udp',
        optionsPingEnabled: false,
      },
    ]);
    assert.equal(stored.outboundLeadingPlusEnabled, true);
    assert.equal(stored.callerNumber, '+14155550100');
    assert.equal(stored.outboundAuthenticationPlan?.authUsername, 'me');
    assert.equal(stored.outboundAuthenticationPlan?.authPassword?.reveal(), 'hunter2');
  });

  it('takes an address, a port and a transport', async () => {
    const { gateways } = await trunk({ ...BODY, host: '192.0.2.7', port: 5061, transport: 'tls' });
    assert.deepEqual(
      gateways.map(({ ip, port, outboundProtocol }) => [ip, port, outboundProtocol]),
      [['192.0.2.7', 5061, 'tls']],
    );
  });

  it('keeps its settings through a change by another dialect', async () => {
    const { id } = await trunk(BODY);
    const reply = await exchange.inject('PATCH', `/credential/${id}`, { name: 'Renamed' });
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.text.includes('hunter2'), false);
    const stored = await exchange.storage.credentials.get(exchange.orgId, id);
    assert.ok(stored?.provider === 'byo-sip-trunk');
    assert.deepEqual([stored.name, stored.callerNumber], ['Renamed', '+14155550100']);
  });

  it('refuses what cannot be dialled or written into a request', async () => {
    for (const [change, message] of [
      [{ host: 'not a host' }, 'host must be an IPv4 address or a host name'],
      [{ host: 'a\r\nb.example' }, 'host must be an IPv4 address or a host name'],
      [{ username: 'a\r\nX: 1' }, 'username must not contain control characters'],
      [{ caller_number: 'a b' }, 'caller_number must be letters and digits, with or without a leading +'],
      [{ port: 0 }, 'port must not be less than 1'],
      [{ region: 'EU' }, 'property region should not exist'],
    ] as const) {
      const reply = await exchange.inject('POST', URL, { ...BODY, ...change });
      assert.equal(reply.status, 400);
      assert.equal((reply.body as { message: string }).message, message);
    }
  });
});
