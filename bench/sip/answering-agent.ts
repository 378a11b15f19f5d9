/**
 * The SIP stack with the least owner it can have: rings and answers every INVITE with a fixed session description, and asks
 * callers of one user for an account.
 */
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { DigestVerifier } from '../../src/sip/auth/digest-verifier.ts';
import { createUserAgent } from '../../src/sip/index.ts';
import type { InviteServerSession } from '../../src/sip/session/session.ts';
import { CERT, KEY } from '../../test/support/test-certificate.ts';
import { type Served, serveParent } from '../measure/serve-parent.ts';
import { ACCOUNT, type AnsweringAgentReady, LOCKED_USER } from './answering-agent-facts.ts';
import { SESSION_DESCRIPTION } from './session-description.ts';

const REALM = 'bench.test';

async function start(): Promise<Served> {
  const logger = createLogger('warn');
  const digest = new DigestVerifier(systemClock);
  let unacknowledged = 0;
  const isLetIn = (session: InviteServerSession): boolean => {
    if (session.request.uri.user !== LOCKED_USER) return true;
    const verdict = digest.verify(session.request, { realm: REALM, ...ACCOUNT });
    if (verdict === 'ok') return true;
    const challenges = digest.challenge(REALM, { stale: verdict === 'stale' });
    session.reject(401, { headers: challenges.map((value) => ({ name: 'WWW-Authenticate', value })) });
    return false;
  };
  const agent = createUserAgent({
    bindAddress: '127.0.0.1',
    port: 0,
    tls: { port: 0, cert: CERT, key: KEY },
    clock: systemClock,
    logger,
    handlers: {
      admit: () => 'accept',
      onInvite(session) {
        if (!isLetIn(session)) return;
        session.ring();
        session.accept(SESSION_DESCRIPTION).catch(() => {
          unacknowledged += 1;
        });
      },
    },
  });
  await agent.start();
  return {
    ready: { port: agent.udpPort, tlsPort: agent.tlsPort } satisfies AnsweringAgentReady,
    questions: { unacknowledged: () => unacknowledged },
    close: () => agent.close(),
  };
}

await serveParent(start);
