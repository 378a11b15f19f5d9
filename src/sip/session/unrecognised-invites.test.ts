import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import type { SipMessage } from '../message/message.ts';
import { OFFER, RawPeer, TestAgent, until } from './test-support.ts';

/** Longer than loopback takes for an answer by far. */
const SILENCE_MS = 150;

const statuses = (messages: SipMessage[]) =>
  messages.map((message) => (message.kind === 'response' ? message.status : message.method));

async function withAgent(
  recognises: () => true | Promise<boolean>,
  run: (agent: TestAgent, raw: RawPeer) => Promise<void>,
  options: { clock?: FakeClock } = {},
): Promise<void> {
  const agent = await TestAgent.start({ ...options, handlers: { recognises } });
  const raw = await RawPeer.open(agent.userAgent.udpPort);
  try {
    await run(agent, raw);
  } finally {
    raw.close();
    await agent.close();
  }
}

const silence = () => new Promise((resolve) => setTimeout(resolve, SILENCE_MS));

describe('an INVITE whose owner looks first', () => {
  it('gets no answer at all where he does not know it, nor do its copies, for which he is not asked again', async () => {
    let asked = 0;
    const recognises = async () => {
      asked += 1;
      return false;
    };
    await withAgent(recognises, async (agent, raw) => {
      for (let copy = 0; copy < 3; copy += 1) {
        raw.request({ body: OFFER });
        await silence();
      }
      assert.deepEqual([statuses(raw.received), agent.sessions.length, asked], [[], 0, 1]);
      raw.request({ method: 'OPTIONS', branch: 'z9hG4bKother', callId: 'other' });
      await until(() => raw.received.length > 0, 'the answer to OPTIONS');
      assert.deepEqual(statuses(raw.received), [200]);
    });
  });

  it('is asked about anew once its copies are over', async () => {
    const clock = new FakeClock();
    let asked = 0;
    const recognises = async () => {
      asked += 1;
      return false;
    };
    const run = async (_agent: TestAgent, raw: RawPeer) => {
      const send = async (waitMs: number) => {
        clock.advance(waitMs);
        raw.request({ body: OFFER });
        await silence();
        return asked;
      };
      assert.deepEqual([await send(0), await send(31_999), await send(1)], [1, 1, 2]);
    };
    await withAgent(recognises, run, { clock });
  });

  it('makes no session where he knows it only once the stack is closed', async () => {
    const verdict = Promise.withResolvers<boolean>();
    let isAsked = false;
    const recognises = () => {
      isAsked = true;
      return verdict.promise;
    };
    await withAgent(recognises, async (agent, raw) => {
      raw.request({ body: OFFER });
      await until(() => isAsked, 'the question');
      await agent.close();
      verdict.resolve(true);
      await silence();
      assert.deepEqual([agent.sessions.length, agent.userAgent.sessionCount], [0, 0]);
    });
  });

  it('is taken once, with nothing sent before he knows it', async () => {
    const verdict = Promise.withResolvers<boolean>();
    let asked = 0;
    const recognises = () => {
      asked += 1;
      return verdict.promise;
    };
    await withAgent(recognises, async (agent, raw) => {
      for (let copy = 0; copy < 3; copy += 1) raw.request({ body: OFFER });
      await silence();
      assert.deepEqual([statuses(raw.received), asked], [[], 1]);
      verdict.resolve(true);
      (await agent.session()).reject(486);
      await until(() => statuses(raw.received).includes(486), 'the refusal');
      assert.equal(agent.sessions.length, 1);
    });
  });

  it('is taken where he cannot tell: its handler meets the same failure', async () => {
    await withAgent(
      () => Promise.reject(new Error('the store is away')),
      async (agent, raw) => {
        raw.request({ body: OFFER });
        (await agent.session()).reject(500);
        await until(() => statuses(raw.received).includes(500), 'the refusal');
      },
    );
  });
});
