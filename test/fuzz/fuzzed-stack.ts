import { FakeClock } from '../../src/lib/fake-clock.ts';
import { DigestVerifier } from '../../src/sip/auth/digest-verifier.ts';
import { DialogTable } from '../../src/sip/dialog/dialog-table.ts';
import { cseq } from '../../src/sip/message/headers.ts';
import { parseMessage } from '../../src/sip/message/parser.ts';
import { CachedDns } from '../../src/sip/resolver/cached-dns.ts';
import { FailedPlaces } from '../../src/sip/resolver/failed-places.ts';
import { FakeDns } from '../../src/sip/resolver/fake-dns.ts';
import { ServerResolver } from '../../src/sip/resolver/server-resolver.ts';
import { capabilitiesOf } from '../../src/sip/session/capabilities.ts';
import type { DialogSession } from '../../src/sip/session/dialog-session.ts';
import { ClientSession } from '../../src/sip/session/invite-client-session.ts';
import { answerOffer, createOffer } from '../../src/sip/session/offer-answer.ts';
import { readRequest } from '../../src/sip/session/read-request.ts';
import { RequestDispatch } from '../../src/sip/session/request-dispatch.ts';
import { RequestSender } from '../../src/sip/session/request-sender.ts';
import { Responder } from '../../src/sip/session/responder.ts';
import { type InviteServerSession, SipRejection, type Source } from '../../src/sip/session/session.ts';
import type { SessionContext } from '../../src/sip/session/session-context.ts';
import { DEFAULT_SESSION_TIMER } from '../../src/sip/session/session-timer.ts';
import { SrtpKeys } from '../../src/sip/session/srtp-keys.ts';
import { DEFAULT_HALF_OPEN_LIMITS } from '../../src/sip/transaction/half-open-invites.ts';
import { DEFAULT_TIMER_VALUES } from '../../src/sip/transaction/timers.ts';
import { Transactions } from '../../src/sip/transaction/transactions.ts';
import type { SipTransport } from '../../src/sip/transport/sip-transport.ts';
import { failureLogger } from '../support/failure-logger.ts';

const PEER: Source = { protocol: 'udp', address: '198.51.100.7', port: 5060 };
const ACCOUNT = { realm: 'stack.test', username: 'account', password: 'rye & spelt' };
/** Longer than any transaction lives (64 * T1), in milliseconds. */
const TRANSACTION_LIFE_MS = 40_000;
const ADDRESS = '203.0.113.10';
const LOCAL = {
  address: ADDRESS,
  port: 40_000,
  sessionId: 1,
  version: 1,
  codecs: ['PCMU', 'PCMA', 'G722', 'opus'] as const,
  ptimeMs: 20,
};

const THEIR_SDP =
  'v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 4100 RTP/AVP 0\r\n';
/** The INVITE that begins the dialog which messages of the corpus belong to. */
const INVITE = [
  `INVITE sip:+12025550123@${ADDRESS} SIP/2.0`,
  'Via: SIP/2.0/UDP 198.51.100.7:5060;rport;branch=z9hG4bKtheirs-ROUND',
  'Max-Forwards: 70',
  'From: "Jane" <sip:+12025550199@198.51.100.7>;tag=their-from-tag',
  `To: <sip:+12025550123@${ADDRESS}>`,
  'Call-ID: their-call-id',
  'CSeq: 1 INVITE',
  'Contact: <sip:+12025550199@198.51.100.7:5060>',
  'Supported: 100rel, timer',
  'Content-Type: application/sdp',
  `Content-Length: ${THEIR_SDP.length}`,
  '',
  THEIR_SDP,
].join('\r\n');

/** What {@link FuzzedStack.kept} says of a stack that has let go of everything. */
export const NOTHING_KEPT = { servers: 0, clients: 0, halfOpen: 0, sessions: 0, timers: 0 };

/**
 * The stack from the datagram to the session, with all that its owner does with a message: digest, descriptions, referrals.
 * It has no sockets; one call that came and one that we placed are always up or under way.
 */
export class FuzzedStack {
  /** What was logged as an error: an exception that was caught on its way up. */
  readonly failures: unknown[];
  readonly #clock = new FakeClock();
  readonly #transactions: Transactions;
  readonly #dispatch: RequestDispatch;
  readonly #context: SessionContext;
  readonly #digest = new DigestVerifier(this.#clock);
  readonly #keys = new SrtpKeys();
  readonly #dns = new FakeDns({});
  #sent: Uint8Array[] = [];
  #round = 0;
  #sequence = 1;
  #placed: ClientSession | undefined;
  /** What stands for itself in the corpus, and what it is in the dialogs at hand. */
  #names: [placeholder: string, value: string][] = [];

  constructor() {
    const { logger, failures } = failureLogger();
    this.failures = failures;
    const clock = this.#clock;
    const send = (bytes: Uint8Array): void => void this.#sent.push(bytes);
    const timers = DEFAULT_TIMER_VALUES;
    this.#transactions = new Transactions(
      { clock, timers, send, hasConnection: () => false },
      {
        onRequest: (received) => this.#dispatch.onRequest(received),
        onAck: (received) => this.#dispatch.onAck(received),
      },
      logger,
      { halfOpen: DEFAULT_HALF_OPEN_LIMITS },
    );
    const transport = {
      send,
      hasConnection: () => false,
      ping: () => {},
      localAddressFor: () => ADDRESS,
      advertisedHost: () => ADDRESS,
      udpPort: 5060,
      tcpPort: 5060,
      tlsPort: 0,
    } as unknown as SipTransport;
    const failed = new FailedPlaces(clock);
    const resolver = new ServerResolver(new CachedDns(this.#dns, clock), failed);
    this.#context = {
      clock,
      timers,
      logger,
      productName: 'Fuzzed',
      capabilities: capabilitiesOf({ hasTimer: true, hasReliable: true }),
      sessionTimer: DEFAULT_SESSION_TIMER,
      reliableProvisional: 'required',
      sender: new RequestSender(transport, this.#transactions, resolver, failed, clock, () => {}),
      outboundProxy: undefined,
      responder: new Responder('Fuzzed'),
      dialogs: new DialogTable<DialogSession>(),
      sessions: new Set<DialogSession>(),
    };
    this.#dispatch = new RequestDispatch(this.#context, this.#transactions, {
      admit: (request) => {
        this.#digest.verify(request, ACCOUNT);
        return 'accept';
      },
      onInvite: (session) => this.#receive(session),
    });
  }

  /** How much the stack keeps, of all that messages and calls make it keep. */
  get kept(): typeof NOTHING_KEPT {
    const { serverCount, clientCount, halfOpenCount } = this.#transactions;
    return {
      servers: serverCount,
      clients: clientCount,
      halfOpen: halfOpenCount,
      sessions: this.#context.sessions.size,
      timers: this.#clock.pendingCount,
    };
  }

  /** Takes back the call that we placed, ends all others without a word, and lets what there is time out. */
  close(): void {
    // An INVITE that rings has no limit of its own: it is its caller's to cancel (RFC 3261 section 17.1.1.2).
    this.#placed?.cancel();
    for (const session of [...this.#context.sessions]) if (session !== this.#placed) session.abandon();
    this.#clock.advance(TRANSACTION_LIFE_MS);
    // What the tests of the resolver read is no memory of the stack.
    this.#dns.asked.length = 0;
  }

  /** Closes for good: also what a later turn of the event loop still sends, such as the BYE of a call that was up, times out. */
  async end(): Promise<void> {
    this.close();
    await new Promise((resolve) => setImmediate(resolve));
    this.close();
  }

  /** Closes, and begins both calls anew. */
  renew(): void {
    this.close();
    this.#round += 1;
    const answers = this.#allSent(() =>
      this.#take(Buffer.from(INVITE.replace('ROUND', String(this.#round)))),
    ).map(String);
    const [rang = ''] = answers.filter((text) => text.includes('RSeq:'));
    const tag = /^To: .*;tag=([^\r]*)/m.exec(rang)?.[1] ?? '';
    const [placed = ''] = this.#allSent(() => {
      const from = { uri: `sip:exchange@${ADDRESS}` };
      const uri = 'sip:operator@198.51.100.7:5060';
      const sdp = createOffer({ ...LOCAL, srtp: { mode: 'offered', keys: this.#keys } });
      const session = ClientSession.start(this.#context, { uri, from, sdp, credentials: ACCOUNT });
      this.#placed = session;
      this.#describe(session);
    }).map(String);
    const ours = (pattern: RegExp): string => pattern.exec(placed)?.[1] ?? '';
    this.#names = [
      ['their-to-tag', tag],
      ['776656 1 INVITE', `${/^RSeq: (\d+)/m.exec(rang)?.[1]} 1 INVITE`],
      ['z9hG4bKour-branch', ours(/branch=([^;\r]*)/)],
      ['our-from-tag', ours(/^From: .*;tag=([^\r]*)/m)],
      ['our-call-id', ours(/^Call-ID: ([^\r]*)/m)],
    ];
  }

  /** A message of the corpus, as it belongs to the dialogs at hand. */
  fill(message: Buffer): Buffer {
    let text = message.toString('latin1');
    for (const [placeholder, value] of this.#names) text = text.replaceAll(placeholder, value);
    this.#sequence += 1;
    text = text.replace('CSeq: 77001 ', `CSeq: ${this.#sequence} `);
    return Buffer.from(text, 'latin1');
  }

  /** Does with a datagram what the stack does with it. @returns the last message that it sends for it at once. */
  handle(datagram: Buffer): Buffer | undefined {
    const last = this.#allSent(() => this.#take(datagram)).at(-1);
    return last && Buffer.from(last);
  }

  #allSent(act: () => void): Uint8Array[] {
    this.#sent = [];
    act();
    return this.#sent;
  }

  #take(datagram: Buffer): void {
    const parsed = parseMessage(datagram);
    if (!parsed.ok) {
      const received = parsed.partial && readRequest(parsed.partial, PEER);
      if (received)
        this.#dispatch.refuseMalformed(received, { status: parsed.status, reason: parsed.reason });
    } else if (parsed.message.kind === 'response') {
      const method = cseq(parsed.message)?.method;
      if (method !== undefined) this.#transactions.receiveResponse(parsed.message, method);
    } else {
      const received = readRequest(parsed.message, PEER);
      if (received) this.#transactions.receiveRequest(received);
    }
  }

  #receive(session: InviteServerSession): void {
    this.#describe(session);
    session.ring();
    try {
      const answer = session.offer === undefined ? createOffer(LOCAL) : this.#answer(session.offer);
      // It rejects where the call ends before its ACK, as most do here.
      if (session.callId === 'their-call-id' || session.replaces) session.accept(answer).catch(() => {});
      else session.reject(486);
    } catch (error) {
      if (!(error instanceof SipRejection)) throw error;
      session.reject(error.status);
    }
  }

  #describe(session: Pick<InviteServerSession, 'onOffer' | 'onAnswer' | 'onRefer'>): void {
    session.onOffer = (offer) => (offer === undefined ? createOffer(LOCAL) : this.#answer(offer));
    session.onAnswer = (answer) => void answerOffer(answer, LOCAL);
    session.onRefer = (referral) => {
      referral.accept();
      referral.notify(200, 'OK');
    };
  }

  /** @throws {SipRejection} for an offer that has nothing for us */
  #answer(offer: string): string {
    const answer = answerOffer(offer, { ...LOCAL, srtp: { mode: 'accepted', keys: this.#keys } });
    if ('rejected' in answer) throw new SipRejection(answer.rejected, answer.reason);
    return answer.sdp;
  }
}
