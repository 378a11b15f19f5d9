/** The SIP stack with the least owner it can have: rings and answers every INVITE with a fixed session description. */
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { createUserAgent } from '../../src/sip/index.ts';
import { type Served, serveParent } from '../measure/serve-parent.ts';

export interface AnsweringAgentReady {
  port: number;
}

const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 40000 RTP/AVP 0 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-16',
  'a=ptime:20',
  'a=sendrecv',
  '',
].join('\r\n');

async function start(): Promise<Served> {
  const logger = createLogger('warn');
  let unacknowledged = 0;
  const agent = createUserAgent({
    bindAddress: '127.0.0.1',
    port: 0,
    clock: systemClock,
    logger,
    handlers: {
      admit: () => 'accept',
      onInvite(session) {
        session.ring();
        session.accept(SDP).catch(() => {
          unacknowledged += 1;
        });
      },
    },
  });
  await agent.start();
  return {
    ready: { port: agent.udpPort } satisfies AnsweringAgentReady,
    questions: { unacknowledged: () => unacknowledged },
    close: () => agent.close(),
  };
}

await serveParent(start);
