import { ExchangeError } from '../../domain/errors.ts';
import type { Org } from '../../domain/orgs/org.ts';
import type { OrgRepository } from '../../domain/orgs/org-repository.ts';
import {
  createSigningSecret,
  liveSigningSecrets,
  withNewSigningSecret,
} from '../../domain/orgs/signing-secret.ts';
import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Clock } from '../../lib/clock.ts';
import { type StandardWebhookHeaders, standardWebhookHeaders } from './standard-webhooks.ts';

/** How long an org's secrets are used without asking the store again; a change takes this long to be seen. */
const CACHE_TTL_MS = 2_000;
/** Orgs held in the cache; the oldest gives way. */
const CACHE_SIZE = 1_000;

interface CachedOrg {
  org: Promise<Org>;
  /** Monotonic instant. */
  expiresAt: number;
}

/** Signs messages with the secrets of their org. An org gets its first secret when its first message is signed. */
export class OrgSigner {
  readonly #orgs: OrgRepository;
  readonly #clock: Clock;
  readonly #cache = new BoundedMap<string, CachedOrg>(CACHE_SIZE);

  constructor({ orgs, clock }: { orgs: OrgRepository; clock: Clock }) {
    this.#orgs = orgs;
    this.#clock = clock;
  }

  /**
   * @param body exactly as it is sent.
   * @throws {ExchangeError} when the store fails or has no such org.
   */
  async headers(orgId: string, id: string, body: string): Promise<StandardWebhookHeaders> {
    const org = await this.#org(orgId);
    const now = this.#clock.now();
    const secrets = liveSigningSecrets(org, now).map(({ secret }) => secret);
    return standardWebhookHeaders(secrets, id, body, now);
  }

  #org(orgId: string): Promise<Org> {
    const now = this.#clock.monotonic();
    const cached = this.#cache.get(orgId);
    if (cached && cached.expiresAt > now) return cached.org;
    const org = this.#withSecret(orgId);
    this.#cache.set(orgId, { org, expiresAt: now + CACHE_TTL_MS });
    // A failure is asked again by the next message, not remembered.
    org.catch(() => {
      if (this.#cache.get(orgId)?.org === org) this.#cache.delete(orgId);
    });
    return org;
  }

  async #withSecret(orgId: string): Promise<Org> {
    const now = this.#clock.now();
    const hasOne = (org: Org) => liveSigningSecrets(org, now).length > 0;
    let org = await this.#orgs.getOrg(orgId);
    if (org && !hasOne(org))
      org = await this.#orgs.updateOrg(orgId, (current) =>
        hasOne(current) ? current : withNewSigningSecret(current, createSigningSecret(now), 0, now),
      );
    if (!org) throw new ExchangeError('not-found', 'There is no such org.');
    return org;
  }
}
