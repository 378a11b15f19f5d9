import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

const HOST = '127.0.0.1';
/** Numbers of the record types (RFC 1035 section 3.2.2, RFC 3596, RFC 2782, RFC 3403). */
const TYPES = { A: 1, AAAA: 28, SRV: 33, NAPTR: 35 } as const;
const CLASS_IN = 1;
/** Header bits: an answer, authoritative, and the code of a name that does not exist (RFC 1035 section 4.1.1). */
const AUTHORITATIVE_ANSWER = 0x8400;
const NO_SUCH_NAME = 3;
const HEADER_BYTES = 12;
const TTL_SECONDS = 60;

/** What the zone has of one name. */
export interface NameRecords {
  A?: string[];
  AAAA?: string[];
  SRV?: { priority: number; weight: number; port: number; target: string }[];
  NAPTR?: { order: number; preference: number; flags: string; service: string; replacement: string }[];
}

type RecordType = keyof typeof TYPES;

/** A name server on a free UDP port of loopback that answers from a table and notes what it is asked. */
export class NameServer {
  /** By name in lower case; may be changed at any time. */
  readonly zone: Record<string, NameRecords>;
  /** Each question, in order, such as `SRV _sip._udp.pbx.test`. */
  readonly asked: string[] = [];
  readonly #socket: Socket;

  private constructor(socket: Socket, zone: Record<string, NameRecords>) {
    this.#socket = socket;
    this.zone = zone;
    socket.on('message', (query, from) => this.#answer(query, from));
  }

  static async open(zone: Record<string, NameRecords>): Promise<NameServer> {
    const socket = createSocket('udp4').bind(0, HOST);
    await once(socket, 'listening');
    return new NameServer(socket, zone);
  }

  /** As `OFFHOOK_SIP_DNS` takes it. */
  get address(): string {
    return `${HOST}:${this.#socket.address().port}`;
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #answer(query: Buffer, from: RemoteInfo): void {
    const { name, end } = readName(query);
    const number = query.readUInt16BE(end);
    const type = (Object.keys(TYPES) as RecordType[]).find((one) => TYPES[one] === number);
    this.asked.push(`${type ?? number} ${name}`);
    const known = this.zone[name];
    const data = known && type ? dataOf(known, type) : [];
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt16BE(query.readUInt16BE(0), 0);
    header.writeUInt16BE(AUTHORITATIVE_ANSWER | (known ? 0 : NO_SUCH_NAME), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(data.length, 6);
    const question = query.subarray(HEADER_BYTES, end + 4);
    const records = data.map((one) => record(name, number, one));
    this.#socket.send(Buffer.concat([header, question, ...records]), from.port, from.address);
  }
}

/** The name of the only question. */
function readName(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 1 };
}

function dataOf({ A = [], AAAA = [], SRV = [], NAPTR = [] }: NameRecords, type: RecordType): Buffer[] {
  if (type === 'A') return A.map((address) => Buffer.from(address.split('.').map(Number)));
  if (type === 'AAAA') return AAAA.map(ipv6Bytes);
  if (type === 'SRV')
    return SRV.map(({ priority, weight, port, target }) =>
      Buffer.concat([...[priority, weight, port].map(uint16), writeName(target)]),
    );
  return NAPTR.map(({ order, preference, flags, service, replacement }) => {
    const texts = [flags, service, ''].map(text);
    return Buffer.concat([uint16(order), uint16(preference), ...texts, writeName(replacement)]);
  });
}

function record(name: string, type: number, data: Buffer): Buffer {
  const ttl = Buffer.alloc(4);
  ttl.writeUInt32BE(TTL_SECONDS);
  return Buffer.concat([writeName(name), uint16(type), uint16(CLASS_IN), ttl, uint16(data.length), data]);
}

function writeName(name: string): Buffer {
  return Buffer.concat([...name.split('.').map(text), Buffer.of(0)]);
}

/** A character string, or a label: its length and its bytes. */
function text(value: string): Buffer {
  return Buffer.concat([Buffer.of(value.length), Buffer.from(value, 'latin1')]);
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 255);
}

/** Of an address that may have one `::`. */
function ipv6Bytes(address: string): Buffer {
  if (!isIPv6(address)) throw new TypeError(`${address} is no address of IPv6`);
  const [head = [], tail = []] = address
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = new Array<string>(8 - head.length - tail.length).fill('0');
  return Buffer.concat([...head, ...zeros, ...tail].map((group) => uint16(Number.parseInt(group, 16))));
}
