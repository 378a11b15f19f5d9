import { addressScope, canonicalAddress, isLoopback } from './address-scope.ts';

/** Packets in a row, of one SSRC from one place, before a place that the SDP did not name is believed. */
export const LEARN_PACKETS = 5;
/** Time within which they must come: five packets of 60 ms, with as much again for jitter. */
export const LEARN_WINDOW_MS = 600;
/** Places that are watched at a time; a flood from many others cannot grow this. */
const MAX_CANDIDATES = 4;

export interface ExpectedSource {
  address: string;
  port: number;
  /** Address the signalling came from: with it, nobody else can be learned. */
  learnFrom?: string | undefined;
}

interface Candidate {
  address: string;
  port: number;
  ssrc: number;
  nextSequence: number;
  count: number;
  firstAtMs: number;
}

export type Verdict =
  /** From the locked source. */
  | 'accepted'
  /** From what has just become the locked source. */
  | 'locked'
  /** May become the source; its audio is not used yet. */
  | 'learning'
  | 'rejected';

/**
 * Decides whose packets are the call's, so that nobody else can speak into it or have our audio sent to him
 * (RTP bleed and injection). The place that the SDP names is believed at its first valid packet. Another port of its
 * address, the address that the signalling came from (a peer behind NAT, or with several addresses), or any place where the
 * SDP names a private address and the signalling's is not known, must first send {@link LEARN_PACKETS} in a row. Once locked it stays so until {@link SourceLock.expect} names another place.
 */
export class SourceLock {
  #expected: ExpectedSource | undefined;
  #scope: ReturnType<typeof addressScope> = 'unusable';
  #candidates: Candidate[] = [];
  /** As the socket spells it, so that the check of each packet is two comparisons. */
  #lockedAddress: string | undefined;
  #lockedPort = 0;

  get isLocked(): boolean {
    return this.#lockedAddress !== undefined;
  }

  /** Where to send: the locked source, before that what the SDP names; nothing where that must not be sent to. */
  get destination(): { address: string; port: number } | undefined {
    if (this.#lockedAddress !== undefined) return { address: this.#lockedAddress, port: this.#lockedPort };
    const expected = this.#expected;
    if (!expected || this.#scope === 'unusable' || expected.port === 0) return undefined;
    // A remote peer that names loopback would have us send to services of our own host.
    if (isLoopback(expected.address) && expected.learnFrom && !isLoopback(expected.learnFrom))
      return undefined;
    return { address: expected.address, port: expected.port };
  }

  /** Sets what an SDP says. @returns true when it names another place than before, which unlocks. */
  expect(source: ExpectedSource): boolean {
    const address = canonicalAddress(source.address);
    const learnFrom = source.learnFrom === undefined ? undefined : canonicalAddress(source.learnFrom);
    const scope = addressScope(address);
    // The old way to hold (c=0.0.0.0, RFC 2543) names no place: the lock stays for when the call goes on.
    if (scope === 'unusable' && this.#expected) return false;
    const before = this.#expected;
    this.#expected = { address, port: source.port, learnFrom };
    this.#scope = scope;
    if (before && before.address === address && before.port === source.port) return false;
    this.#lockedAddress = undefined;
    this.#candidates = [];
    return true;
  }

  /** Judges one well-formed packet of a negotiated payload type. `address` is as the socket gave it. */
  judge(address: string, port: number, ssrc: number, sequence: number, nowMs: number): Verdict {
    if (this.#lockedAddress !== undefined)
      return address === this.#lockedAddress && port === this.#lockedPort ? 'accepted' : 'rejected';
    const expected = this.#expected;
    if (!expected) return 'rejected';
    const canonical = canonicalAddress(address);
    if (canonical === expected.address && port === expected.port) return this.#lock(address, port);
    if (!this.#mayLearn(canonical, expected)) return 'rejected';
    return this.#learn(address, port, ssrc, sequence, nowMs);
  }

  #mayLearn(address: string, expected: ExpectedSource): boolean {
    if (address === expected.address || address === expected.learnFrom) return true;
    return this.#scope === 'private' && expected.learnFrom === undefined;
  }

  #learn(address: string, port: number, ssrc: number, sequence: number, nowMs: number): Verdict {
    this.#candidates = this.#candidates.filter((candidate) => nowMs - candidate.firstAtMs <= LEARN_WINDOW_MS);
    const nextSequence = (sequence + 1) & 0xffff;
    const known = this.#candidates.find(
      (candidate) => candidate.address === address && candidate.port === port,
    );
    if (!known) {
      if (this.#candidates.length >= MAX_CANDIDATES) return 'rejected';
      this.#candidates.push({ address, port, ssrc, nextSequence, count: 1, firstAtMs: nowMs });
      return 'learning';
    }
    if (known.ssrc !== ssrc || known.nextSequence !== sequence) {
      Object.assign(known, { ssrc, nextSequence, count: 1, firstAtMs: nowMs });
      return 'learning';
    }
    known.count += 1;
    known.nextSequence = nextSequence;
    return known.count >= LEARN_PACKETS ? this.#lock(address, port) : 'learning';
  }

  #lock(address: string, port: number): Verdict {
    this.#lockedAddress = address;
    this.#lockedPort = port;
    this.#candidates = [];
    return 'locked';
  }
}
