import { SrtpReceiver, type SrtpRefusal } from './srtp-receiver.ts';
import { SrtpSender } from './srtp-sender.ts';
import type { SrtpSuite } from './srtp-suite.ts';

/** What offer and answer have settled of SRTP. Each key is a master key of 16 octets with its salt of 14 behind it. */
export interface SrtpKeying {
  suite: SrtpSuite;
  sendKey: Uint8Array;
  receiveKey: Uint8Array;
}

/** Both directions of a session's SRTP; without keys everything passes as it is. */
export class SrtpSession {
  /** Packets whose tag did not fit: another key, or a stranger. */
  authenticationFailures = 0;
  /** Packets that came again, or too late to tell. */
  replayed = 0;
  #keying: SrtpKeying | undefined;
  #sender: SrtpSender | undefined;
  #receiver: SrtpReceiver | undefined;
  /** Of the key before, until the first packet under the new one: the peer changes when our answer has reached it. */
  #before: SrtpReceiver | undefined;

  get suite(): SrtpSuite | undefined {
    return this.#keying?.suite;
  }

  /**
   * Takes the keys of a new answer; where they are the same, counters and windows go on.
   * @returns whether our stream must begin under a new SSRC: its key is new and its counter is not 0, of which peers make
   * different things.
   */
  configure(keying: SrtpKeying | undefined): boolean {
    const before = this.#keying;
    const isSameSuite = keying?.suite === before?.suite;
    const isSendKept = isSameSuite && isEqual(keying?.sendKey, before?.sendKey);
    const isReceiveKept = isSameSuite && isEqual(keying?.receiveKey, before?.receiveKey);
    this.#keying = keying;
    const rolledOver = (this.#sender?.rollOvers ?? 0) > 0;
    if (!isSendKept) this.#sender = keying && new SrtpSender(keying.suite, keying.sendKey);
    if (!isReceiveKept) {
      this.#before = this.#receiver;
      this.#receiver = keying && new SrtpReceiver(keying.suite, keying.receiveKey, this.#receiver?.rollOvers);
    }
    return rolledOver && !isSendKept;
  }

  /** @returns the length of what is to be sent of `buffer`, which has room for a tag behind `length`. */
  protect(buffer: Buffer, length: number): number {
    return this.#sender ? this.#sender.protect(buffer, length) : length;
  }

  protectRtcp(packet: Uint8Array): Uint8Array {
    return this.#sender ? this.#sender.protectRtcp(packet) : packet;
  }

  /** What is inside a datagram, deciphered in place; undefined for one that is refused, which is counted. */
  open(bytes: Buffer): Buffer | undefined {
    const receiver = this.#receiver;
    if (!receiver) return bytes;
    let opened = receiver.open(bytes);
    if (typeof opened !== 'string') this.#before = undefined;
    else if (this.#before) opened = this.#before.open(bytes);
    return this.#counted(opened);
  }

  /** As {@link SrtpSession.open}, for RTCP. */
  openRtcp(bytes: Buffer): Buffer | undefined {
    return this.#receiver ? this.#counted(this.#receiver.openRtcp(bytes)) : bytes;
  }

  #counted(opened: Buffer | SrtpRefusal): Buffer | undefined {
    if (typeof opened !== 'string') return opened;
    if (opened === 'not-authentic') this.authenticationFailures += 1;
    if (opened === 'replayed') this.replayed += 1;
    return undefined;
  }
}

function isEqual(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (!one || !other) return one === other;
  return Buffer.compare(one, other) === 0;
}
