import { type TappedMessage, tapWire } from './wire-tap.ts';

const LEFT = 2;
const MIDDLE = 26;
const RIGHT = 50;
const WIDTH = 52;

type Side = 'caller' | 'operator';

/** Whoever else speaks with the exchange is the caller. */
export interface LadderPorts {
  exchange: number;
  operator: number;
}

/** Draws what passes between a caller, the exchange and an operator: the SIP of both legs, and what is heard. */
export class Ladder {
  readonly #ports: LadderPorts;
  readonly #lines: string[] = [];
  readonly #seen = new Set<string>();
  readonly #requests = new Map<string, number>();
  readonly #stop: () => void;

  constructor(ports: LadderPorts) {
    this.#ports = ports;
    this.#stop = tapWire((message) => this.#take(message));
  }

  /** Whether a line with this in it was drawn. */
  has(text: string): boolean {
    return this.#lines.some((line) => line.includes(text));
  }

  /** Something that one side hears, or both where they hear each other. */
  heard(by: Side | 'both', what: string): void {
    const [from, to] = { caller: [LEFT, MIDDLE], operator: [MIDDLE, RIGHT], both: [LEFT, RIGHT] }[by] as [
      number,
      number,
    ];
    this.#draw(from, to, what, {
      double: true,
      heads: by === 'both' ? 'both' : by === 'caller' ? 'left' : 'right',
    });
  }

  close(): void {
    this.#stop();
  }

  get drawing(): string {
    const head = 'caller               exchange               operator';
    return [head, ...this.#lines.map((line) => line.trimEnd())].join('\n');
  }

  #take({ from, to, text }: TappedMessage): void {
    const side = this.#sideOf(from, to);
    const [first = ''] = text.split('\r\n');
    const cseq = /^CSeq:\s*(\d+ \w+)/im.exec(text)?.[1] ?? '';
    const callId = /^(?:Call-ID|i):\s*(\S+)/im.exec(text)?.[1] ?? '';
    const key = `${callId} ${cseq} ${first}`;
    const [, method = ''] = cseq.split(' ');
    if (!side || this.#seen.has(key) || method === 'ACK' || first.startsWith('SIP/2.0 100')) return;
    this.#seen.add(key);
    const status = /^SIP\/2\.0 (\d{3})/.exec(first)?.[1];
    const transaction = `${callId} ${cseq}`;
    if (status !== undefined && method !== 'INVITE') {
      // Their order against what happens on the other leg is chance: the answer stands with its request.
      const index = this.#requests.get(transaction);
      if (index !== undefined) this.#lines[index] = `${this.#lines[index]?.trimEnd()}  ${status}`;
      return;
    }
    if (status === undefined) this.#requests.set(transaction, this.#lines.length);
    const [start, end] = side === 'caller' ? [LEFT, MIDDLE] : [MIDDLE, RIGHT];
    const isRightwards = (from === this.#ports.exchange) === (side === 'operator');
    this.#draw(start, end, status ?? labelOf(method, text), {
      double: false,
      heads: isRightwards ? 'right' : 'left',
    });
  }

  #sideOf(from: number, to: number): Side | undefined {
    const { exchange, operator } = this.#ports;
    const other = from === exchange ? to : to === exchange ? from : undefined;
    if (other === undefined) return undefined;
    return other === operator ? 'operator' : 'caller';
  }

  #draw(
    start: number,
    end: number,
    label: string,
    { double, heads }: { double: boolean; heads: 'left' | 'right' | 'both' },
  ): void {
    const stroke = double ? '=' : '-';
    const inner = end - start - 1;
    const body = ` ${label} `
      .padStart(Math.ceil((inner + label.length + 2) / 2), stroke)
      .padEnd(inner, stroke);
    const arrow = `${heads === 'right' ? body[0] : '<'}${body.slice(1, -1)}${heads === 'left' ? body.at(-1) : '>'}`;
    const line = [...' '.repeat(WIDTH)];
    for (const at of [LEFT, MIDDLE, RIGHT]) line[at] = '|';
    line.splice(start + 1, inner, ...arrow);
    this.#lines.push(line.join(''));
  }
}

/** What a request says beside its name that matters for a transfer. */
function labelOf(method: string, text: string): string {
  if (method === 'NOTIFY')
    return `NOTIFY ${/SIP\/2\.0 (\d{3})/.exec(text.split('\r\n\r\n')[1] ?? '')?.[1] ?? ''}`;
  return /^X-Transfer-Summary:/im.test(text) ? `${method} + summary` : method;
}
