import { randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

const ANSWER_LIMIT_MS = 5_000;
const HOST = '127.0.0.1';

export interface RawAnswer {
  status: number;
  /** Values of a header, in order. */
  headers(name: string): string[];
  body: string;
  /** Milliseconds from the INVITE's departure. */
  afterMs: number;
}

/** A caller that writes its messages by hand, so that what the exchange checks is not computed by the exchange's own code. */
export class RawCaller {
  readonly #socket: Socket;
  readonly #target: number;
  readonly #callId = randomUUID();
  #sequence = 0;
  #received = 0;
  #strange = 0;

  private constructor(socket: Socket, target: number) {
    this.#socket = socket;
    socket.on('message', (datagram) => {
      this.#received += 1;
      if (!/^SIP\/2\.0 |^[A-Z]+ sips?:/.test(datagram.toString('latin1')) && !isRtp(datagram))
        this.#strange += 1;
    });
    this.#target = target;
  }

  /** @param address of loopback that it calls from */
  static async open(sipPort: number, address = HOST): Promise<RawCaller> {
    const socket = createSocket('udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    return new RawCaller(socket, sipPort);
  }

  /** Sends an INVITE with these further header lines; a refusal is acknowledged, a success acknowledged and ended. */
  async invite(uri: string, lines: string[] = [], limitMs = ANSWER_LIMIT_MS): Promise<RawAnswer> {
    this.#sequence += 1;
    const branch = `z9hG4bK${randomUUID()}`;
    const { port, address } = this.#socket.address() as AddressInfo;
    const media = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`;
    const sentAt = performance.now();
    this.#send('INVITE', uri, branch, '', [...lines, 'Content-Type: application/sdp'], media);
    const answer = parse(await this.#final('INVITE', limitMs));
    const afterMs = performance.now() - sentAt;
    const to = /;tag=.*/.exec(answer.headers('To')[0] ?? '')?.[0] ?? '';
    const isUp = answer.status < 300;
    if (!isUp) this.#send('ACK', uri, branch, to, [], '');
    else {
      const contact = /<([^>]+)>/.exec(answer.headers('Contact')[0] ?? '')?.[1] ?? uri;
      const routes = answer.headers('Record-Route').map((route) => `Route: ${route}`);
      this.#send('ACK', contact, `z9hG4bK${randomUUID()}`, to, routes.toReversed(), '');
      this.#sequence += 1;
      this.#send('BYE', contact, `z9hG4bK${randomUUID()}`, to, routes.toReversed(), '');
      await this.#final('BYE');
    }
    return { ...answer, afterMs };
  }

  /** Sends an INVITE and does not wait: what comes of it is nothing, or counted in `received`. */
  shout(uri: string, lines: string[]): void {
    this.#sequence += 1;
    this.#send('INVITE', uri, `z9hG4bK${randomUUID()}`, '', lines, '');
  }

  /** Sends these bytes as they are. */
  send(datagram: Uint8Array): void {
    this.#socket.send(datagram, this.#target, HOST);
  }

  /** Datagrams that have come in and are neither SIP nor the audio of a call. */
  get strange(): number {
    return this.#strange;
  }

  /** Datagrams of any kind that have come in. */
  get received(): number {
    return this.#received;
  }

  close(): void {
    this.#socket.close();
  }

  #send(method: string, uri: string, branch: string, to: string, lines: string[], body: string): void {
    const { address, port } = this.#socket.address() as AddressInfo;
    const message = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${address}:${port};branch=${branch};rport`,
      'Max-Forwards: 70',
      `From: <sip:raw@${HOST}>;tag=${this.#callId.slice(0, 8)}`,
      `To: <${uri}>${to}`,
      `Call-ID: ${this.#callId}`,
      `CSeq: ${this.#sequence} ${method}`,
      `Contact: <sip:raw@${address}:${port}>`,
      ...lines,
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
    this.#socket.send(message, this.#target, HOST);
  }

  /** The final response to our last request of this method. */
  async #final(method: string, limitMs = ANSWER_LIMIT_MS): Promise<string> {
    const wanted = `CSeq: ${this.#sequence} ${method}\r\n`;
    const signal = AbortSignal.timeout(limitMs);
    for (;;) {
      const [data] = (await once(this.#socket, 'message', { signal })) as [Buffer];
      const text = data.toString();
      if (text.includes(wanted) && /^SIP\/2\.0 [2-6]/.test(text)) return text;
    }
  }
}

/** The version of RTP stands in the first two bits (RFC 3550 section 5.1), which no text begins with. */
function isRtp(datagram: Buffer): boolean {
  return datagram.length > 12 && (datagram.readUInt8(0) & 0xc0) === 0x80;
}

function parse(text: string): Omit<RawAnswer, 'afterMs'> {
  const [head = '', body = ''] = text.split('\r\n\r\n', 2);
  const [line = '', ...lines] = head.split('\r\n');
  return {
    body,
    status: Number(line.split(' ')[1]),
    headers: (name) =>
      lines
        .filter((header) => header.toLowerCase().startsWith(`${name.toLowerCase()}:`))
        .map((header) => header.slice(name.length + 1).trim()),
  };
}
