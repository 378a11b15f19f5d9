import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { headerValue } from '../message/headers.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { tagOf } from '../message/name-address.ts';
import { parseMessage } from '../message/parser.ts';
import type {
  InviteServerSession,
  SessionEnd,
  TransportProtocol,
  UserAgent,
  UserAgentHandlers,
} from './session.ts';
import { createUserAgent, type UserAgentOptions } from './user-agent.ts';

/** Longest wait for something that loopback does in a millisecond or two. */
const WAIT_MS = 5000;

export const OFFER = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
export const ANSWER = OFFER.replace('4000', '5000');

/** Waits until the condition holds, looking once in each turn of the event loop. */
export async function until<T>(condition: () => T | undefined | false, what: string): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const value = condition();
    if (value) return value;
    if (performance.now() > deadline) assert.fail(`timed out waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

type TestAgentOptions = Partial<Omit<UserAgentOptions, 'handlers'>> & {
  handlers?: Partial<UserAgentHandlers>;
};

/** A user agent on a port of its own that keeps the sessions it was offered. */
export class TestAgent {
  readonly sessions: InviteServerSession[] = [];
  /** How they ended, in the same order; more than one end of one session would be a fault. */
  readonly ends: SessionEnd[][] = [];
  readonly userAgent: UserAgent;

  private constructor(options: TestAgentOptions) {
    this.userAgent = createUserAgent({
      bindAddress: '127.0.0.1',
      port: 0,
      logger: silentLogger,
      ...options,
      handlers: {
        admit: () => 'accept',
        onInvite: (session) => this.keep(session),
        ...options.handlers,
      },
    });
  }

  static async start(options: TestAgentOptions = {}): Promise<TestAgent> {
    const agent = new TestAgent(options);
    await agent.userAgent.start();
    return agent;
  }

  keep(session: InviteServerSession): void {
    const ends: SessionEnd[] = [];
    session.ended.on((end) => ends.push(end));
    this.sessions.push(session);
    this.ends.push(ends);
  }

  uri(protocol: TransportProtocol = 'udp'): string {
    const port = protocol === 'tls' ? this.userAgent.tlsPort : this.userAgent.udpPort;
    return `sip:bob@127.0.0.1:${port}${protocol === 'udp' ? '' : `;transport=${protocol}`}`;
  }

  /** The next session that comes in, or the one that has. */
  session(index = 0): Promise<InviteServerSession> {
    return until(() => this.sessions[index], `session ${index}`);
  }

  close(): Promise<void> {
    return this.userAgent.close();
  }
}

interface RawRequestFields {
  method?: string;
  uri?: string;
  branch?: string;
  callId?: string;
  toTag?: string;
  cseq?: number;
  headers?: string[];
  body?: string;
  /** Value of Via behind `SIP/2.0/UDP `, without the branch. */
  sentBy?: string;
  maxForwards?: number;
}

/** A telephone that is nothing but a UDP socket: each byte that it sends is the test's. */
export class RawPeer {
  readonly received: SipMessage[] = [];
  readonly port: number;
  readonly #socket: Socket;
  #targetPort: number;

  private constructor(socket: Socket, targetPort: number, tolerant: boolean) {
    this.#socket = socket;
    this.#targetPort = targetPort;
    this.port = socket.address().port;
    socket.on('message', (datagram) => {
      if (datagram.toString() === '\r\n\r\n') return; // a keep-alive
      const parsed = parseMessage(datagram);
      assert.ok(parsed.ok || tolerant, 'our own stack wrote a message that it cannot read');
      if (parsed.ok) this.received.push(parsed.message);
    });
  }

  /** `tolerant`: for tests whose own damaged headers come back to them. */
  static async open(targetPort: number, { tolerant = false } = {}): Promise<RawPeer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new RawPeer(socket, targetPort, tolerant);
  }

  /** Sends to this port from now on: for a peer that is there before who calls it. */
  target(port: number): void {
    this.#targetPort = port;
  }

  send(text: string): void {
    this.#socket.send(text, this.#targetPort, '127.0.0.1');
  }

  request(fields: RawRequestFields = {}): void {
    this.send(this.requestText(fields));
  }

  requestText(fields: RawRequestFields = {}): string {
    const { method = 'INVITE', uri = 'sip:bob@127.0.0.1', branch = 'z9hG4bKraw1' } = fields;
    const { callId = 'raw-call', toTag, cseq = 1, headers = [], body = '', maxForwards = 70 } = fields;
    const { sentBy = `127.0.0.1:${this.port};rport` } = fields;
    return [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${sentBy};branch=${branch}`,
      `Max-Forwards: ${maxForwards}`,
      'From: <sip:raw@127.0.0.1>;tag=rawtag',
      `To: <sip:bob@127.0.0.1>${toTag ? `;tag=${toTag}` : ''}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:raw@127.0.0.1:${this.port}>`,
      ...(body ? ['Content-Type: application/sdp'] : []),
      ...headers,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n');
  }

  /** Answers a request with what it must copy. */
  respond(
    request: SipRequest,
    status: number,
    options: { toTag?: string; extra?: string[]; body?: string } = {},
  ): void {
    const { toTag, extra = [], body = '' } = options;
    const copied = request.headers
      .filter(({ name }) => ['Via', 'From', 'To', 'Call-ID', 'CSeq'].includes(name))
      .map(({ name, value }) => `${name}: ${value}${name === 'To' && toTag ? `;tag=${toTag}` : ''}`);
    const type = body ? ['Content-Type: application/sdp'] : [];
    const head = [`SIP/2.0 ${status} Test`, ...copied, ...extra, ...type, `Content-Length: ${body.length}`];
    this.send(`${head.join('\r\n')}\r\n\r\n${body}`);
  }

  responses(status: number): SipResponse[] {
    return this.received.filter(
      (message): message is SipResponse => message.kind === 'response' && message.status === status,
    );
  }

  requests(method: string): SipRequest[] {
    return this.received.filter(
      (message): message is SipRequest => message.kind === 'request' && message.method === method,
    );
  }

  response(status: number, index = 0): Promise<SipResponse> {
    return until(() => this.responses(status)[index], `response ${status} (${index})`);
  }

  awaitRequest(method: string, index = 0): Promise<SipRequest> {
    return until(() => this.requests(method)[index], `${method} (${index})`);
  }

  close(): void {
    this.#socket.close();
  }
}

/** Lets the socket and the promises behind it have their turn. */
export const turn = () => new Promise((resolve) => setTimeout(resolve, 15));

/** What the tests of a suite share; all of it is new for each test. */
export interface RawScene {
  readonly clock: FakeClock;
  /** Goes by the clock. */
  readonly agent: TestAgent;
  /** A telephone at the agent. */
  readonly raw: RawPeer;
}

/**
 * To be called within `describe`: sets the scene before each of its tests, and clears it away after.
 * @param handlers of the agent's owner, in place of those that take every call.
 */
export function rawScene(handlers: Partial<UserAgentHandlers> = {}): RawScene {
  let scene: RawScene | undefined;
  beforeEach(async () => {
    const clock = new FakeClock();
    const agent = await TestAgent.start({ clock, handlers });
    scene = { clock, agent, raw: await RawPeer.open(agent.userAgent.udpPort) };
  });
  afterEach(async () => {
    scene?.raw.close();
    await scene?.agent.close();
  });
  const current = (): RawScene => {
    assert.ok(scene, 'the scene is there within a test alone');
    return scene;
  };
  return {
    get clock() {
      return current().clock;
    },
    get agent() {
      return current().agent;
    },
    get raw() {
      return current().raw;
    },
  };
}

/** A call of the raw peer that is up, with the tag of the agent, and how it ends. */
export async function answeredCall({
  raw,
  agent,
}: RawScene): Promise<{ session: InviteServerSession; toTag: string; ends: SessionEnd[] }> {
  const index = agent.sessions.length;
  raw.request({ body: OFFER });
  const session = await agent.session(index);
  const ends: SessionEnd[] = [];
  session.ended.on((end) => ends.push(end));
  const accepted = session.accept(ANSWER);
  const toTag = tagOf(headerValue(await raw.response(200), 'To')) ?? '';
  raw.request({ method: 'ACK', branch: 'z9hG4bKack', toTag });
  await accepted;
  return { session, toTag, ends };
}
