import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

/** A registrar by hand: it binds whoever asks, for as long as he asks, and keeps what else it is sent. */
export class UdpRegistrar {
  /** Datagrams that are no REGISTER, in order. */
  readonly others: string[] = [];
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes, { port, address }) => {
      const text = bytes.toString('latin1');
      if (text.startsWith('REGISTER ')) socket.send(bound(text), port, address);
      else this.others.push(text);
    });
  }

  /** On a free port of an address of this host. */
  static async open(address: string): Promise<UdpRegistrar> {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4').bind(0, address);
    await once(socket, 'listening');
    return new UdpRegistrar(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}

function bound(request: string): string {
  const lines = (request.split('\r\n\r\n')[0] ?? '').split('\r\n');
  const kept = lines.filter((line) => /^(Via|From|Call-ID|CSeq|Contact|Expires):/i.test(line));
  const to = lines.find((line) => /^To:/i.test(line));
  return ['SIP/2.0 200 OK', ...kept, `${to};tag=registrar`, 'Content-Length: 0', '', ''].join('\r\n');
}
