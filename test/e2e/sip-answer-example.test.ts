import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createUserAgent } from '../../src/sip/index.ts';
import { createOffer, readAnswer } from '../../src/sip/session/offer-answer.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/sip-answer.ts', import.meta.url));
/** How long the whole conversation with the example may take, in milliseconds. */
const LIMIT_MS = 20_000;

test('the example of src/sip answers a call, and says how it ended', { timeout: LIMIT_MS }, async () => {
  const example = spawn(process.execPath, [EXAMPLE, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const caller = createUserAgent({
    bindAddress: '127.0.0.1',
    port: 0,
    handlers: { admit: () => 'drop', onInvite: (session) => session.reject(486) },
  });
  try {
    const lines = createInterface({ input: example.stdout })[Symbol.asyncIterator]();
    const port = /^listening on (\d+)$/.exec((await lines.next()).value ?? '')?.[1];
    assert.ok(port);
    await caller.start();
    const local = { address: '127.0.0.1', port: 41_000, sessionId: 2, version: 1, ptimeMs: 20 };
    const codecs: ['PCMA'] = ['PCMA'];
    const call = caller.invite({
      uri: `sip:anyone@127.0.0.1:${port}`,
      from: { uri: 'sip:tester@127.0.0.1' },
      sdp: createOffer({ ...local, codecs }),
    });
    await call.answered;
    const answer = readAnswer(call.remoteDescription ?? '', { ...local, codecs });
    assert.ok('media' in answer);
    assert.equal(answer.media.codec, 'PCMA');
    await call.bye();
    assert.equal((await lines.next()).value, `${call.callId} ended by peer`);
  } finally {
    example.kill();
    await once(example, 'exit');
    await caller.close();
  }
});
