import { Socket } from 'node:dgram';

/** A SIP message as it left a socket of this process. */
export interface TappedMessage {
  from: number;
  to: number;
  text: string;
}

const SIP = /^(?:[A-Z]+ \S+ SIP\/2\.0|SIP\/2\.0 \d{3} )/;

type Send = (message: Uint8Array, ...rest: unknown[]) => void;

/** Takes down every SIP message that a socket of this process sends over UDP; exchange and telephones of a test alike. */
export function tapWire(listener: (message: TappedMessage) => void): () => void {
  const { prototype } = Socket as unknown as { prototype: { send: Send } };
  const { send } = prototype;
  prototype.send = function (this: Socket, message, ...rest) {
    const text = message instanceof Uint8Array ? Buffer.from(message).toString('utf8') : '';
    const to = rest.find((value): value is number => typeof value === 'number' && value > 1_023);
    if (SIP.test(text) && to !== undefined) listener({ from: this.address().port, to, text });
    return send.call(this, message, ...rest);
  };
  return () => {
    prototype.send = send;
  };
}
