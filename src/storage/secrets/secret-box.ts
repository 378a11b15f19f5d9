import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

export const SECRET_KEY_BYTES = 32;
const VERSION = 'v1';
const CIPHER = 'aes-256-gcm';
/** The nonce length that GCM is defined for (NIST SP 800-38D 5.2.1.1), and its full tag. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Hex digits that tell one key from another; they say nothing about the key. */
const KEY_ID_LENGTH = 8;

export class SecretUnreadableError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SecretUnreadableError';
  }
}

/** Tells the envelopes of one key from those of another. */
export function keyIdOf(key: Buffer): string {
  return createHash('sha256')
    .update('offhook secret key id')
    .update(key)
    .digest('hex')
    .slice(0, KEY_ID_LENGTH);
}

/**
 * Seals text as `v1:<key id>:<nonce>:<ciphertext and tag>` with AES-256-GCM. The place where a text is kept is
 * authenticated with it, so that an envelope copied elsewhere does not open. Older keys can still open.
 */
export class SecretBox {
  readonly #primaryId: string;
  readonly #keys = new Map<string, Buffer>();

  /** @param keys 32 bytes each; the first seals, all open. */
  constructor(keys: readonly [Buffer, ...Buffer[]]) {
    for (const key of keys) {
      if (key.length !== SECRET_KEY_BYTES) throw new RangeError(`a secret key has ${SECRET_KEY_BYTES} bytes`);
      this.#keys.set(keyIdOf(key), key);
    }
    this.#primaryId = keyIdOf(keys[0]);
  }

  seal(text: string, place: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#keys.get(this.#primaryId) as Buffer, nonce, {
      authTagLength: TAG_BYTES,
    });
    cipher.setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return [VERSION, this.#primaryId, nonce.toString('base64url'), sealed.toString('base64url')].join(':');
  }

  /** @throws {SecretUnreadableError} for another key, another place or a changed envelope. */
  open(envelope: string, place: string): string {
    const [version, keyId = '', nonceText = '', sealedText = '', ...rest] = envelope.split(':');
    const key = this.#keys.get(keyId);
    if (version !== VERSION || rest.length > 0)
      throw new SecretUnreadableError('the envelope is of no known form');
    if (!key) throw new SecretUnreadableError('the envelope was sealed with another key');
    const nonce = Buffer.from(nonceText, 'base64url');
    const sealed = Buffer.from(sealedText, 'base64url');
    if (nonce.length !== NONCE_BYTES || sealed.length < TAG_BYTES)
      throw new SecretUnreadableError('the envelope is cut off');
    try {
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(place));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      return decipher.update(sealed.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch (error) {
      throw new SecretUnreadableError('the envelope was changed or moved', { cause: error });
    }
  }
}
