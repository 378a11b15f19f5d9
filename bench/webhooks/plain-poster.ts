/** The reference: bare undici requests with the same bodies, without store, signature, guard or order. */
import { Agent, request } from 'undici';
import { newId } from '../../src/lib/ids.ts';
import { MAX_SENDING_PER_ENDPOINT } from '../../src/webhooks/outbox/sending-slots.ts';
import { type Served, serveParent } from '../measure/serve-parent.ts';
import { messageBody } from './message-body.ts';
import type { Commits, RunDetails } from './outbox-process.ts';

async function start({ url }: { url: string }): Promise<Served> {
  const dispatcher = new Agent({ connections: MAX_SENDING_PER_ENDPOINT });
  const post = async (begun: Commits) => {
    const id = newId();
    begun.set(id, performance.timeOrigin + performance.now());
    const headers = { 'content-type': 'application/json', 'webhook-id': id };
    const body = messageBody(id, 'conversation-update');
    const response = await request(url, { method: 'POST', headers, body, dispatcher });
    await response.body.dump();
  };
  return {
    ready: {},
    questions: {
      async run({ durationMs }: RunDetails): Promise<Commits> {
        const begun: Commits = new Map();
        const endsAt = performance.now() + durationMs;
        await Promise.all(
          Array.from({ length: MAX_SENDING_PER_ENDPOINT }, async () => {
            while (performance.now() < endsAt) await post(begun);
          }),
        );
        return begun;
      },
    },
    close: () => dispatcher.close(),
  };
}

await serveParent(start);
