import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { needsPeer } from '../support/peers.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { runSipp, startSippOperator } from '../support/sipp.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';
import { makeTrunk, makeTrunkNumber, trunkOf } from '../support/trunk-scene.ts';
import { until } from '../support/until.ts';

const HOST = '127.0.0.1';
const ACCOUNT = { authUsername: 'trunk1', authPassword: 'trunk-password-of-the-tests' };
const DESTINATION = '+12125550199';

describe('sipp as the trunk of a customer', needsPeer('sipp'), () => {
  let exchange: RunningExchange;
  let phone: TestPhone;
  let assistantId: string;

  before(async () => {
    exchange = await startExchange({ OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8' });
    phone = await openTestPhone();
    const body = { firstMessage: 'Hello.' };
    assistantId = (await exchange.api<{ id: string }>('POST', '/assistant', body)).id;
  });
  after(async () => {
    await phone.close();
    await exchange.stop();
  });

  for (const transport of ['udp', 'tcp'] as const) {
    const own = transport === 'udp' ? 1 : 2;

    test(`registers with it while the credential is there, by digest over ${transport}`, async () => {
      const registrar = await startSippOperator({ scenario: 'trunk-registrar', transport });
      const domain = `${HOST}:${registrar.port}`;
      const id = await makeTrunk(exchange, {
        gateways: [{ ip: HOST, port: registrar.port, outboundProtocol: transport }],
        credential: { outboundAuthenticationPlan: { ...ACCOUNT, sipRegisterPlan: { domain } } },
      });
      const registration = await until('the trunk is registered', async () => {
        const { registration: found } = await trunkOf(exchange, id);
        return found?.state === 'registered' && found;
      });
      assert.equal(registration.lastStatus, 200);
      await exchange.api('DELETE', `/credential/${id}`);
      const { messages } = await registrar.finished;
      const last = messages.findLast(({ direction }) => direction === 'received');
      assert.match(last?.text ?? '', /expires=0/, 'the binding is taken back');
    });

    test(`brings a call to a number over ${transport}`, async () => {
      const id = await makeTrunk(exchange);
      const number = `+1415555015${own}`;
      const numberId = await makeTrunkNumber(exchange, id, { number, assistantId });
      await runSipp({ scenario: 'caller-hangs-up', port: exchange.offhook.sipPort, user: number, transport });
      assert.equal((await exchange.endedCall(numberId)).endedReason, 'customer-ended-call');
      assert.equal((await trunkOf(exchange, id)).callsIn, 1);
    });

    test(`carries a call out, after it has asked for the account, over ${transport}`, async () => {
      const gateway = await startSippOperator({ scenario: 'operator-challenges', transport });
      const id = await makeTrunk(exchange, {
        gateways: [{ ip: HOST, port: gateway.port, outboundProtocol: transport }],
        credential: {
          outboundAuthenticationPlan: ACCOUNT,
          techPrefix: '77',
          sipDiversionHeader: '+4930123456',
        },
      });
      await makeTrunkNumber(exchange, id, { number: `+1415555016${own}`, ...transferring() });
      const call = await phone.dial(exchange.uri(`+1415555016${own}`));
      await call.answered;
      await call.hangup();
      const { messages } = await gateway.finished;
      const invites = messages.filter(({ text }) => text.startsWith('INVITE '));
      assert.match(invites.at(-1)?.text ?? '', /^INVITE sip:7712125550199@/);
      assert.match(invites.at(-1)?.text ?? '', /^Diversion: <sip:\+4930123456@/m);
      assert.equal((await trunkOf(exchange, id)).callsOut, 1);
    });
  }

  test('shows that a gateway lives, by whatever it answers to OPTIONS', async () => {
    const gateway = await startSippOperator({ scenario: 'trunk-options', keys: { status: '404' } });
    const id = await makeTrunk(exchange, {
      gateways: [{ ip: HOST, port: gateway.port, optionsPingEnabled: true }],
    });
    await gateway.finished;
    const [found] = await until('the gateway is up', async () => {
      const { gateways } = await trunkOf(exchange, id);
      return gateways[0]?.state === 'up' && gateways;
    });
    assert.equal(found?.lastStatus, 404);
    const figures = await (await fetch(`${exchange.offhook.httpUrl}/metrics`)).text();
    assert.ok(
      figures.includes(`offhook_trunk_gateway_up{trunk="${id}",gateway="${HOST}:${gateway.port}"} 1`),
    );
  });

  test('is passed over while its gateway is down, and says so where no other is left', async () => {
    const [dead, alive] = [await deadPort(), await startSippOperator({ scenario: 'operator-answers' })];
    const deadGateway = { ip: HOST, port: dead, optionsPingEnabled: true };
    const isDown = (id: string) =>
      until(
        'the gateway is down',
        async () => (await trunkOf(exchange, id)).gateways[0]?.state === 'down',
        30_000,
      );
    const spare = await makeTrunk(exchange, { gateways: [deadGateway, { ip: HOST, port: alive.port }] });
    const alone = await makeTrunk(exchange, { gateways: [deadGateway] });
    await makeTrunkNumber(exchange, spare, { number: '+14155550170', ...transferring() });
    const aloneId = await makeTrunkNumber(exchange, alone, { number: '+14155550171', ...transferring() });
    await Promise.all([isDown(spare), isDown(alone)]);
    assert.ok((await trunkOf(exchange, alone)).gateways[0]?.lastError);
    const startedAt = performance.now();
    const call = await phone.dial(exchange.uri('+14155550170'));
    await call.answered;
    assert.ok(performance.now() - startedAt < 4_000, 'the gateway that is down was not waited for');
    await call.hangup();
    await alive.finished;
    const refused = await phone.dial(exchange.uri('+14155550171'));
    await refused.answered.catch(() => {});
    await refused.hangup();
    const { id } = await exchange.endedCall(aloneId, 30_000);
    assert.match(JSON.stringify(await exchange.timeline(id)), /every gateway of the trunk is down/);
  });
});

/** A number that sends its callers on over its trunk. */
function transferring() {
  const destination = { type: 'number', number: DESTINATION };
  return { hooks: [{ on: 'call.ringing', do: [{ type: 'transfer', destination }] }] };
}

/** A port of this machine where nobody listens. */
async function deadPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, HOST);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}
