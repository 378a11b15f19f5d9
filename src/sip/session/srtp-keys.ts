import { randomBytes } from 'node:crypto';
import { Secret } from '../../lib/secret.ts';
import { type CryptoAttribute, SRTP_SUITES, type SrtpSuite } from './crypto-attribute.ts';

/** A master key of 16 octets and its salt of 14. */
const KEY_BYTES = 30;

/** Our SRTP keys of one session: one for each suite, the same in all its descriptions until the peer takes new ones. */
export class SrtpKeys {
  readonly #own = new Map<SrtpSuite, Secret>();
  #peers: string | undefined;

  /** What our offer says; the tag is the place of the suite. */
  offered(): CryptoAttribute[] {
    return SRTP_SUITES.map((suite, index) => ({ tag: index + 1, suite, key: this.own(suite) }));
  }

  own(suite: SrtpSuite): Secret {
    const known = this.#own.get(suite);
    if (known) return known;
    const key = new Secret(randomBytes(KEY_BYTES).toString('base64'));
    this.#own.set(suite, key);
    return key;
  }

  /** Our key beside the one that the peer offers: a new one where the peer's is new, for it begins to count anew. */
  answering({ suite, key }: CryptoAttribute): Secret {
    const peers = key.reveal();
    if (this.#peers !== undefined && this.#peers !== peers) this.#own.clear();
    this.#peers = peers;
    return this.own(suite);
  }

  /** Takes the key in the peer's answer to our offer. @returns ours; undefined where the answer fits no line of the offer. */
  answered({ tag, suite, key }: CryptoAttribute): Secret | undefined {
    if (SRTP_SUITES[tag - 1] !== suite) return undefined;
    this.#peers = key.reveal();
    return this.own(suite);
  }
}
