import type { MessagePort } from 'node:worker_threads';
import { KeyTwins, type KeyWay } from '../dtmf/key-twins.ts';
import { LiveInput } from '../mixer/live-input.ts';

/** A line's own voice, or what we play to it. */
export type PartySound = 'heard' | 'played';

/** What one side of a bridge gives to the other. */
export interface BridgeOutlet {
  audio(sound: PartySound, frame: Int16Array): void;
  key(code: number, durationMs: number): void;
  close(): void;
}

/** What a side needs of the line that it stands for. */
export interface BridgedLine {
  addInput(input: LiveInput): void;
  removeInput(input: LiveInput): void;
  sendBridgedKey(code: number, durationMs: number): void;
}

export interface BridgeSideOptions {
  /** Whoever plays to this line speaks to the other side as well, and hears it. */
  conference: boolean;
  /** The side has ended, whichever of the two began it. */
  closed(): void;
}

/** One line's side of a bridge: takes what the other side gives, and gives what its own line says. */
export class BridgeSide implements BridgeOutlet {
  readonly #line: BridgedLine;
  readonly #options: BridgeSideOptions;
  readonly #inputs: Partial<Record<PartySound, LiveInput>> = {};
  readonly #twins = new KeyTwins();
  #other: BridgeOutlet | undefined;

  constructor(line: BridgedLine, options: BridgeSideOptions) {
    this.#line = line;
    this.#options = options;
  }

  /** Gives all to this outlet from now on. */
  connect(other: BridgeOutlet): void {
    this.#other = other;
  }

  /** The line's own voice in this frame. */
  give(frame: Int16Array): void {
    this.#other?.audio('heard', frame);
  }

  /** What was played to the line in this frame. */
  givePlayed(frame: Int16Array): void {
    if (this.#options.conference) this.#other?.audio('played', frame);
  }

  /** A key that the line's peer pressed. */
  giveKey(code: number, durationMs: number, way: KeyWay, nowMs: number): void {
    if (this.#twins.isNew(code, way, nowMs)) this.#other?.key(code, durationMs);
  }

  /** Ends both sides. */
  part(): void {
    const other = this.#other;
    this.close();
    other?.close();
  }

  audio(sound: PartySound, frame: Int16Array): void {
    let input = this.#inputs[sound];
    if (!input) {
      input = new LiveInput();
      this.#inputs[sound] = input;
      this.#line.addInput(input);
    }
    input.push(frame);
  }

  key(code: number, durationMs: number): void {
    this.#line.sendBridgedKey(code, durationMs);
  }

  close(): void {
    this.#other = undefined;
    for (const input of Object.values(this.#inputs)) this.#line.removeInput(input);
    this.#options.closed();
  }
}

/** What passes between the two threads of a bridge. */
type PortMessage =
  | { sound: PartySound; frame: Int16Array<ArrayBuffer> }
  | { code: number; durationMs: number };

/** Joins a side to one in another thread. The port's end, also by the death of that thread, ends the side. */
export function connectByPort(side: BridgeSide, port: MessagePort): void {
  port.on('message', (message: PortMessage) => {
    if ('frame' in message) side.audio(message.sound, message.frame);
    else side.key(message.code, message.durationMs);
  });
  port.on('close', () => side.close());
  side.connect({
    audio(sound, frame) {
      const copy = frame.slice() as Int16Array<ArrayBuffer>;
      port.postMessage({ sound, frame: copy } satisfies PortMessage, [copy.buffer]);
    },
    key(code, durationMs) {
      port.postMessage({ code, durationMs } satisfies PortMessage);
    },
    close() {
      port.close();
    },
  });
}
