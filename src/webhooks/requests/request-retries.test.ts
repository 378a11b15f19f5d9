import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Server } from '../../domain/server.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { createAccessTokens } from './access-tokens.ts';
import { createServerClient } from './server-client.ts';

const BODY = '{"message":{"type":"hang"}}';

describe('retries within one request', () => {
  /** Answers with the next of `statuses` (0: breaks down) and moves the clock past every pause. */
  function scripted(statuses: number[]) {
    const clock = new FakeClock();
    const sentAt: number[] = [];
    const answer = async () => {
      sentAt.push(clock.now() - 1_700_000_000_000);
      const status = statuses[sentAt.length - 1] ?? 200;
      if (status === 0) throw new Error('broken down');
      return { status, body: `answer ${sentAt.length}` };
    };
    const client = createServerClient({
      post: answer,
      credentials: { get: async () => undefined },
      tokens: createAccessTokens({
        fetch: async () => assert.fail('no token is needed'),
        clock,
        logger: silentLogger,
      }),
      signer: { headers: async (_orgId, id) => ({ 'webhook-id': id }) },
      clock,
      logger: silentLogger,
    });
    const post = async (backoffPlan: Server['backoffPlan'], retry = true, timeoutMs = 100_000) => {
      const server = { url: 'https://example.com/', ...(backoffPlan && { backoffPlan }) };
      let done = false;
      const reply = client
        .post(server, BODY, { orgId: 'org-1', id: 'msg-1', timeoutMs, retry })
        .finally(() => {
          done = true;
        });
      reply.catch(() => {});
      while (!done) {
        await new Promise(setImmediate);
        clock.advance(100);
      }
      return reply;
    };
    return { post, sentAt, clock };
  }
  const about = (instants: number[]) => instants.map((at) => Math.floor(at / 1000));
  const plan = { type: 'fixed', maxRetries: 3, baseDelaySeconds: 2, excludedStatusCodes: [] } as const;
  const asked = { ...plan, excludedStatusCodes: [] as number[] };

  test('follow a fixed plan until the first success', async () => {
    const { post, sentAt, clock } = scripted([500, 0, 200]);
    assert.deepEqual(await post(asked), { status: 200, body: 'answer 3' });
    assert.deepEqual(about(sentAt), [0, 2, 4]);
    assert.equal(clock.pendingCount, 0);
  });

  test('double their pause where the plan is exponential, and end with the last answer', async () => {
    const { post, sentAt } = scripted([500, 502, 503, 504, 200]);
    assert.deepEqual(await post({ ...asked, type: 'exponential' }), { status: 504, body: 'answer 4' });
    assert.deepEqual(about(sentAt), [0, 2, 6, 14]);
  });

  test('leave out the statuses that the plan excludes', async () => {
    const { post, sentAt } = scripted([500, 404, 200]);
    assert.equal((await post({ ...asked, excludedStatusCodes: [404] })).status, 404);
    assert.equal(sentAt.length, 2);
  });

  test('do not go beyond the time over all', async () => {
    const { post, sentAt } = scripted([500, 500, 500, 500]);
    assert.equal((await post(asked, true, 3_000)).status, 500);
    assert.equal(sentAt.length, 2);
    const failing = scripted([0, 0, 0]);
    await assert.rejects(failing.post(asked, true, 3_000), { message: 'broken down' });
  });

  test('are none without a plan, and none where they were not asked for', async () => {
    for (const [backoffPlan, retry] of [
      [undefined, true],
      [{}, true],
      [asked, false],
    ] as const) {
      const { post, sentAt } = scripted([500, 200]);
      assert.equal((await post(backoffPlan, retry)).status, 500);
      assert.equal(sentAt.length, 1);
    }
  });
});
