import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { parseDigestFields } from '../auth/digest.ts';
import { cseq, headerValue } from '../message/headers.ts';
import type { SipRequest } from '../message/message.ts';
import { RawPeer, TestAgent, until } from '../session/test-support.ts';
import type { Registration, RegistrationOptions, RegistrationState } from './registration.ts';

const PASSWORD = 'correct horse';
const CHALLENGE = 'WWW-Authenticate: Digest realm="carrier", qop="auth"';
/** Timer F: nobody answers a REGISTER. */
const TIMER_F_MS = 32_000;

const opened: { close(): unknown }[] = [];

class Scene {
  readonly clock = new FakeClock();
  readonly states: RegistrationState[] = [];
  readonly registrar: RawPeer;
  readonly agent: TestAgent;
  registration!: Registration;

  private constructor(registrar: RawPeer, agent: TestAgent, clock: FakeClock) {
    this.registrar = registrar;
    this.agent = agent;
    this.clock = clock;
  }

  static async open(options: Partial<RegistrationOptions> = {}): Promise<Scene> {
    const clock = new FakeClock();
    const agent = await TestAgent.start({ clock });
    const registrar = await RawPeer.open(agent.userAgent.udpPort);
    opened.push(agent, registrar);
    const scene = new Scene(registrar, agent, clock);
    scene.registration = agent.userAgent.register({
      registrar: `sip:ignored@127.0.0.1:${registrar.port}`,
      aor: 'sip:1001@carrier.test',
      contactUser: 'trunk1',
      credentials: { username: '1001', password: PASSWORD },
      random: () => 1,
      ...options,
    });
    scene.registration.changed.on((state) => scene.states.push(state));
    return scene;
  }

  register(index: number): Promise<SipRequest> {
    return this.registrar.awaitRequest('REGISTER', index);
  }

  /** Answers the REGISTER and waits until the registration has taken the answer. */
  async answer(index: number, status: number, extra: string[] = []): Promise<SipRequest> {
    const request = await this.register(index);
    this.registrar.respond(request, status, { extra });
    await new Promise((resolve) => setTimeout(resolve, 5));
    return request;
  }

  grant(index: number, seconds: number): Promise<SipRequest> {
    return this.answer(index, 200, [`Expires: ${seconds}`]);
  }

  state(wanted: RegistrationState): Promise<unknown> {
    return until(() => this.registration.state === wanted, `state ${wanted}`);
  }

  get count(): number {
    return this.registrar.requests('REGISTER').length;
  }
}

function digestOf(request: SipRequest): Map<string, string> | undefined {
  return parseDigestFields(headerValue(request, 'Authorization') ?? '');
}

describe('a registration', () => {
  afterEach(async () => {
    for (const item of opened.splice(0)) await item.close();
  });

  it('binds a Contact of our own to the address of record', async () => {
    const { registration, agent, ...scene } = await Scene.open({ expiresSeconds: 600 });
    const register = await scene.registrar.awaitRequest('REGISTER');
    assert.equal(register.rawUri, `sip:127.0.0.1:${scene.registrar.port}`);
    assert.match(headerValue(register, 'From') ?? '', /^<sip:1001@carrier\.test>;tag=/);
    assert.equal(headerValue(register, 'To'), '<sip:1001@carrier.test>');
    const contact = `<sip:trunk1@127.0.0.1:${agent.userAgent.udpPort}>;expires=600`;
    assert.equal(headerValue(register, 'Contact'), contact);
    assert.equal(headerValue(register, 'Expires'), '600');
    assert.equal(registration.state, 'registering');
    assert.equal(registration.lastStatus, undefined);
  });

  it('refreshes before the granted interval ends, in the same series', async () => {
    const scene = await Scene.open();
    const first = await scene.grant(0, 100);
    await scene.state('registered');
    scene.clock.advance(84_999);
    assert.equal(scene.count, 1);
    scene.clock.advance(1);
    const second = await scene.grant(1, 100);
    assert.equal(headerValue(second, 'Call-ID'), headerValue(first, 'Call-ID'));
    assert.equal((cseq(first)?.seq ?? 0) + 1, cseq(second)?.seq);
    scene.clock.advance(85_000);
    await scene.register(2);
    assert.deepEqual(scene.states, ['registered']);
    assert.equal(scene.registration.lastStatus, 200);
  });

  it('asks for the longer interval of a 423 at once, and for no less again', async () => {
    const scene = await Scene.open({ expiresSeconds: 60 });
    await scene.answer(0, 423, ['Min-Expires: 1800']);
    assert.equal(headerValue(await scene.grant(1, 1800), 'Expires'), '1800');
    await scene.state('registered');
    scene.clock.advance(1800 * 850);
    assert.equal(headerValue(await scene.register(2), 'Expires'), '1800');
  });

  it('does not go in circles with a 423 that asks for no more than we did', async () => {
    const scene = await Scene.open({ expiresSeconds: 60 });
    await scene.answer(0, 423, ['Min-Expires: 60']);
    await scene.state('failed');
    assert.equal(scene.count, 1);
    assert.equal(scene.registration.lastStatus, 423);
  });

  it('answers the best of several challenges, and a nonce that was stale', async () => {
    const scene = await Scene.open();
    await scene.answer(0, 401, [
      `${CHALLENGE}, nonce="one", algorithm=SHA-512-256`,
      `${CHALLENGE}, nonce="two", algorithm=MD5`,
      `${CHALLENGE}, nonce="three", algorithm=SHA-256`,
    ]);
    const answered = digestOf(await scene.answer(1, 401, [`${CHALLENGE}, nonce="four", stale=true`]));
    assert.equal(answered?.get('nonce'), 'three');
    assert.equal(answered?.get('algorithm'), 'SHA-256');
    assert.equal(answered?.get('nc'), '00000001');
    const again = digestOf(await scene.grant(2, 60));
    assert.equal(again?.get('nonce'), 'four');
    assert.equal(again?.get('algorithm'), 'MD5');
    await scene.state('registered');
  });

  it('answers a 407 as well', async () => {
    const scene = await Scene.open();
    await scene.answer(0, 407, ['Proxy-Authenticate: Digest realm="proxy", nonce="p"']);
    const second = await scene.grant(1, 60);
    assert.match(headerValue(second, 'Proxy-Authorization') ?? '', /realm="proxy"/);
    await scene.state('registered');
  });

  it('gives its password to no other realm than its own', async () => {
    const scene = await Scene.open({ realm: 'carrier' });
    await scene.answer(0, 401, ['WWW-Authenticate: Digest realm="stranger", nonce="n"']);
    await scene.state('failed');
    assert.equal(scene.count, 1);
    assert.equal(scene.registration.lastStatus, 401);
  });

  it('does not insist on a password that is refused, and tries again much later', async () => {
    const scene = await Scene.open();
    await scene.answer(0, 401, [`${CHALLENGE}, nonce="one"`]);
    await scene.answer(1, 401, [`${CHALLENGE}, nonce="two"`]);
    await scene.state('failed');
    scene.clock.advance(5 * 60_000 - 1);
    assert.equal(scene.count, 2);
    scene.clock.advance(1);
    await scene.register(2);
    assert.deepEqual(scene.states, ['failed', 'registering']);
  });

  it('backs off, longer each time, while nobody answers, and starts afresh after a success', async () => {
    const scene = await Scene.open();
    await scene.register(0);
    const failed = async () => {
      scene.clock.advance(TIMER_F_MS);
      await scene.state('failed');
      assert.equal(scene.registration.lastStatus, 408);
    };
    const retriedAfter = async (ms: number) => {
      const before = scene.count;
      scene.clock.advance(ms - 1);
      assert.equal(scene.registration.state, 'failed');
      scene.clock.advance(1);
      assert.equal(scene.registration.state, 'registering');
      await until(() => scene.count > before, 'another REGISTER');
    };
    await failed();
    await retriedAfter(30_000);
    await failed();
    await retriedAfter(60_000);
    await scene.grant(scene.count - 1, 100);
    await scene.state('registered');
    const answered = scene.count;
    scene.clock.advance(85_000);
    await until(() => scene.count > answered, 'the refresh');
    await failed();
    await retriedAfter(30_000);
  });

  it('keeps to the Retry-After of a registrar that is down', async () => {
    const scene = await Scene.open();
    await scene.answer(0, 503, ['Retry-After: 120']);
    await scene.state('failed');
    scene.clock.advance(119_999);
    assert.equal(scene.count, 1);
    scene.clock.advance(1);
    await scene.register(1);
  });

  it('takes its binding back when it is closed', async () => {
    const scene = await Scene.open();
    await scene.grant(0, 100);
    await scene.state('registered');
    const closed = scene.registration.close();
    assert.equal(scene.registration.state, 'closed');
    const last = await scene.grant(1, 0);
    assert.match(headerValue(last, 'Contact') ?? '', /;expires=0$/);
    await closed;
    scene.clock.advance(86_400_000);
    assert.equal(scene.count, 2);
    assert.deepEqual(scene.states, ['registered', 'closed']);
  });

  it('has one REGISTER under way at a time, also when it is closed meanwhile', async () => {
    const scene = await Scene.open();
    await scene.register(0);
    const closed = scene.registration.close();
    assert.equal(scene.count, 1);
    await scene.grant(0, 100);
    assert.match(headerValue(await scene.grant(1, 0), 'Contact') ?? '', /;expires=0$/);
    await closed;
  });

  it('does not wait for ever to be closed', async () => {
    const scene = await Scene.open();
    await scene.grant(0, 100);
    await scene.state('registered');
    const closed = scene.registration.close();
    await scene.register(1);
    scene.clock.advance(4_000);
    await closed;
  });

  it('is silent when the stack closes', async () => {
    const scene = await Scene.open();
    await scene.grant(0, 100);
    await scene.state('registered');
    await scene.agent.close();
    scene.clock.advance(86_400_000);
    assert.equal(scene.count, 1);
    assert.equal(scene.registration.state, 'closed');
  });

  it('asks nobody who may not be asked', async () => {
    const scene = await Scene.open({ admits: () => false });
    await scene.state('failed');
    assert.equal(scene.count, 0);
    assert.equal(scene.registration.lastStatus, 503);
  });

  it('refuses a registrar that is no SIP URI', async () => {
    const agent = await TestAgent.start();
    opened.push(agent);
    const options = { registrar: 'carrier.test', aor: 'sip:a@carrier.test', contactUser: 'a' };
    assert.throws(() => agent.userAgent.register(options), { name: 'SipRejection', status: 416 });
  });
});
