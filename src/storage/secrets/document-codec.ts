import { ExchangeError } from '../../domain/errors.ts';
import { Secret } from '../../lib/secret.ts';
import type { SecretBox } from './secret-box.ts';

const SECRET_KEY = '$secret';
/** Levels of objects and lists in one document. The deepest type of the domain has about ten. */
const MAX_DEPTH = 100;

/**
 * Domain objects as JSON text. A {@link Secret} becomes `{"$secret": <envelope>}`; a key of anybody else's that begins
 * with `$` gets a second one, so that no stored text can pass for an envelope.
 */
export class DocumentCodec {
  readonly #box: SecretBox;

  constructor(box: SecretBox) {
    this.#box = box;
  }

  /**
   * @param place table and id of the row; a document opens only there.
   * @throws {ExchangeError} `request-invalid` when it is nested too deeply.
   */
  encode(value: object, place: string): string {
    return JSON.stringify(this.#encoded(value, place, 0));
  }

  /** @throws {SecretUnreadableError} when a secret in it cannot be opened. */
  decode<T>(text: string, place: string): T {
    const value: unknown = JSON.parse(text);
    // Most documents have neither a secret nor an escaped key and need no second pass.
    return (text.includes('"$') ? this.#decoded(value, place) : value) as T;
  }

  #encoded(value: unknown, place: string, depth: number): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Secret) return { [SECRET_KEY]: this.#box.seal(value.reveal(), place) };
    if (depth >= MAX_DEPTH) throw new ExchangeError('request-invalid', 'the object is nested too deeply');
    if (Array.isArray(value))
      return value.map((item, index) => this.#encoded(item, `${place}/${index}`, depth + 1));
    // fromEntries defines own properties, so that a key `__proto__` stays a mere key.
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key.startsWith('$') ? `$${key}` : key,
        this.#encoded(item, `${place}/${key}`, depth + 1),
      ]),
    );
  }

  #decoded(value: unknown, place: string): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item, index) => this.#decoded(item, `${place}/${index}`));
    const entries = Object.entries(value);
    const [first] = entries;
    if (first?.[0] === SECRET_KEY) return new Secret(this.#box.open(String(first[1]), place));
    return Object.fromEntries(
      entries.map(([escaped, item]) => {
        const key = escaped.startsWith('$') ? escaped.slice(1) : escaped;
        return [key, this.#decoded(item, `${place}/${key}`)];
      }),
    );
  }
}
