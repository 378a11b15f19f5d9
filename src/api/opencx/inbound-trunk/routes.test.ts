import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';

interface Trunk {
  id: string;
  sip_endpoint: string;
  auth_username: string;
  auth_password: string;
  phone_numbers: string[];
  krisp_enabled: boolean;
  agent_id_header: string;
}

const URL = '/phone/sip/inbound-trunk';

describe(URL, () => {
  let exchange: HttpExchange | undefined;

  const current = (): HttpExchange => {
    assert.ok(exchange);
    return exchange;
  };
  beforeEach(async () => {
    await exchange?.close();
    exchange = await openHttpExchange();
    await bring('+14155550101');
    await bring('+14155550102');
  });
  after(() => exchange?.close());

  async function bring(number: string, key = current().key): Promise<void> {
    const post = async (url: string, body: object) => {
      const reply = await current().inject('POST', url, body, { key });
      assert.equal(reply.status, 201, reply.text);
      return reply.body as { id: string };
    };
    const gateways = [{ ip: '192.0.2.9' }];
    const { id } = await post('/credential', { provider: 'byo-sip-trunk', gateways });
    await post('/phone-number', { provider: 'byo-phone-number', credentialId: id, number });
  }
  async function asked(method: string, url: string, body?: object): Promise<Trunk> {
    const reply = await current().inject(method, url, body);
    assert.equal(reply.status, 200, reply.text);
    return reply.body as Trunk;
  }
  const statusOf = async (address: string) =>
    (await current().storage.numbers.findByAddress(address))[0]?.status;
  async function accountOf(address: string) {
    const [number] = await current().storage.numbers.findByAddress(address);
    const account = number?.authentication;
    return account && { username: account.username, password: account.password.reveal() };
  }

  it('gives all numbers of the org one account, which callers must know', async () => {
    const trunk = await asked('POST', URL, {});
    assert.equal(trunk.sip_endpoint, 'sip:sip.exchange.test');
    assert.deepEqual(trunk.phone_numbers.toSorted(), ['+14155550101', '+14155550102']);
    assert.equal(trunk.krisp_enabled, true);
    assert.equal(trunk.agent_id_header, 'X-Phone-Agent-Id');
    assert.ok(trunk.auth_password.length >= 32);
    const account = { username: trunk.auth_username, password: trunk.auth_password };
    assert.deepEqual(await accountOf('+14155550101'), account);
    assert.deepEqual(await accountOf('+14155550102'), account);
    assert.equal(await statusOf('+14155550101'), 'active');
  });

  it('takes numbers in bit by bit, under the same id and account', async () => {
    const first = await asked('POST', URL, { phone_numbers: ['+14155550102'], krisp_enabled: false });
    assert.deepEqual([first.phone_numbers, first.krisp_enabled], [['+14155550102'], false]);
    assert.equal(await accountOf('+14155550101'), undefined);
    const second = await asked('POST', URL, { phone_numbers: ['+14155550101', '+14155550102'] });
    assert.deepEqual(second, { ...first, phone_numbers: ['+14155550102', '+14155550101'] });
  });

  it('lets a number go, however its plus was written, and no account of another kind', async () => {
    const trunk = await asked('POST', URL, {});
    const left = await asked('DELETE', `${URL}/phone-numbers/%2B14155550101`);
    assert.deepEqual(left, { ...trunk, phone_numbers: ['+14155550102'] });
    assert.equal(await accountOf('+14155550101'), undefined);
    assert.equal(await statusOf('+14155550101'), 'activating');
    const again = await current().inject('DELETE', `${URL}/phone-numbers/+14155550101`);
    assert.equal(again.status, 404, again.text);
    const [number] = await current().storage.numbers.findByAddress('+14155550102');
    assert.ok(number?.authentication);
    const own = { ...number.authentication, username: 'own' };
    await current().storage.numbers.update(number.orgId, number.id, (row) => ({
      ...row,
      authentication: own,
    }));
    assert.deepEqual((await asked('DELETE', `${URL}/phone-numbers/14155550102`)).phone_numbers, []);
    assert.equal((await accountOf('+14155550102'))?.username, 'own');
  });

  it('refuses a number that the org does not have, and changes nothing then', async () => {
    await bring('+14155550103', current().otherKey);
    for (const strange of ['+14155550103', '+14155550199']) {
      const reply = await current().inject('POST', URL, { phone_numbers: ['+14155550101', strange] });
      assert.equal(reply.status, 400, reply.text);
      assert.equal(
        (reply.body as { message: string }).message,
        `phone_numbers names ${strange}, which is not yours`,
      );
    }
    assert.equal(await accountOf('+14155550101'), undefined);
    assert.equal((await current().storage.orgs.getOrg(current().orgId))?.inboundTrunk, undefined);
    const malformed = await current().inject('POST', URL, { phone_numbers: ['0171'], krisp: true });
    assert.match(
      (malformed.body as { message: string }).message,
      /phone_numbers must be .*; property krisp should/,
    );
  });

  it('of another org is out of reach, and its account as well', async () => {
    const trunk = await asked('POST', URL, {});
    const other = { key: current().otherKey };
    const gone = await current().inject('DELETE', `${URL}/phone-numbers/+14155550101`, undefined, other);
    assert.equal(gone.status, 404, gone.text);
    const theirs = await current().inject('POST', URL, {}, other);
    assert.deepEqual((theirs.body as Trunk).phone_numbers, []);
    assert.notEqual((theirs.body as Trunk).auth_password, trunk.auth_password);
    assert.equal((await accountOf('+14155550101'))?.username, trunk.auth_username);
  });

  it('shows its password nowhere else', async () => {
    const { auth_password } = await asked('POST', URL, {});
    for (const url of ['/phone-number', '/credential', '/admin/org', '/phone']) {
      const reply = await current().inject('GET', url);
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.text.includes(auth_password), false, url);
    }
  });
});
