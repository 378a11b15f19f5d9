import { hashApiKey } from '../../domain/orgs/api-key.ts';
import type { ApiKey } from '../../domain/orgs/org.ts';
import type { OrgRepository } from '../../domain/orgs/org-repository.ts';
import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Clock } from '../../lib/clock.ts';
import { UnauthorizedError } from './failure.ts';
import { KEY_CACHE_SIZE, KEY_CACHE_TTL_MS, MAX_KEY_LENGTH } from './limits.ts';

interface CachedKey {
  key: ApiKey;
  /** Monotonic instant. */
  expiresAt: number;
}

/** Finds the org behind a request's bearer key, sparing the store the same question within a moment. */
export class KeyRing {
  readonly #orgs: OrgRepository;
  readonly #clock: Clock;
  readonly #cache = new BoundedMap<string, CachedKey>(KEY_CACHE_SIZE);

  constructor(orgs: OrgRepository, clock: Clock) {
    this.#orgs = orgs;
    this.#clock = clock;
  }

  /**
   * @param header the Authorization header as it came.
   * @throws {UnauthorizedError} when it is missing, not a bearer key, or of no living key.
   */
  async authenticate(header: string | undefined): Promise<ApiKey> {
    if (header === undefined || header.trim() === '') throw new UnauthorizedError('key-missing');
    const token = bearerToken(header);
    if (token === undefined) throw new UnauthorizedError('key-invalid');
    const hash = hashApiKey(token);
    const now = this.#clock.monotonic();
    const cached = this.#cache.get(hash);
    if (cached && cached.expiresAt > now) return cached.key;
    this.#cache.delete(hash);
    const key = await this.#orgs.findKey(hash);
    if (!key) throw new UnauthorizedError('key-invalid');
    this.#cache.set(hash, { key, expiresAt: now + KEY_CACHE_TTL_MS });
    return key;
  }

  /** Forgets a key at once, so that its revocation through this process has no delay. */
  forget(keyId: string): void {
    for (const [hash, { key }] of this.#cache) if (key.id === keyId) this.#cache.delete(hash);
  }
}

/** The token of RFC 6750 section 2.1; the scheme's name has no case (RFC 9110 section 11.1). */
function bearerToken(header: string): string | undefined {
  if (header.length > MAX_KEY_LENGTH + 'Bearer '.length) return undefined;
  const space = header.indexOf(' ');
  if (space === -1 || header.slice(0, space).toLowerCase() !== 'bearer') return undefined;
  const token = header.slice(space + 1).trim();
  return token === '' ? undefined : token;
}
