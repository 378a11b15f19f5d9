import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { NumberRepository } from '../../domain/numbers/number-repository.ts';
import { spellingsOn } from '../../domain/trunks/number-on-trunk.ts';
import { matchGateway, registrarOf, type Trunk, takesCalls } from '../../domain/trunks/trunk.ts';
import { trunkIdOfHost } from '../../domain/trunks/trunk-host.ts';
import type { TrunkRepository } from '../../domain/trunks/trunk-repository.ts';
import { findNumber } from '../../flow/routing/find-number.ts';
import { headerValue } from '../../sip/message/headers.ts';
import type { SipRequest, SipUri } from '../../sip/message/message.ts';
import { parseNameAddress } from '../../sip/message/name-address.ts';
import type { TrunkRegistry } from './trunk-registry.ts';

/** Trunks of one address that are looked at: more orgs than share any carrier's gateway on one exchange. */
const MAX_TRUNKS_OF_SOURCE = 100;
/** Names the number that was dialled where the request URI is the binding that we registered (RFC 7315 section 4.2). */
const CALLED_PARTY = 'P-Called-Party-ID';

/** Why a caller is a stranger to a trunk, in words for its owner. */
const NOT_A_GATEWAY =
  'the address is in the network of no gateway of the trunk that has inboundEnabled, and is not the registrar where it is bound';

/** Whom an INVITE is for. */
export type Entrance =
  /** `trunk`: the one whose gateway the call came from; undefined where it came from anybody. */
  | { kind: 'number'; number: PhoneNumber; trunk: Trunk | undefined }
  /** It is for a number that only a trunk's gateways may call, or for a trunk itself, and came from elsewhere. */
  | { kind: 'stranger'; trunk: Trunk; why: string }
  | { kind: 'unknown' };

export interface TrunkEntranceOptions {
  numbers: Pick<NumberRepository, 'findBySipUser' | 'findByAddress' | 'findOnTrunk' | 'findByCredential'>;
  trunks: Pick<TrunkRepository, 'find' | 'findBySource'>;
  registry: Pick<TrunkRegistry, 'isGateway' | 'isGatewayOf' | 'trunksOf'>;
  /** Our SIP domains: a trunk's own sub-domain stands below one of them. */
  domains: readonly string[];
}

/**
 * Finds the number that an INVITE is for. A trunk's own sub-domain outranks the address that it came from, which outranks
 * the user parts of SIP URIs: those are free for everybody to choose.
 */
export class TrunkEntrance {
  readonly #options: TrunkEntranceOptions;

  constructor(options: TrunkEntranceOptions) {
    this.#options = options;
  }

  async find(request: SipRequest, address: string): Promise<Entrance> {
    const { trunks, numbers, registry, domains } = this.#options;
    const user = userOf(request.uri) ?? '';
    const namedId = trunkIdOfHost(request.uri.host, domains);
    if (namedId !== undefined) return this.#onNamed(await trunks.find(namedId), user, request, address);
    const isGateway = registry.isGateway(address);
    if (isGateway) {
      const found = await this.#fromGateway(user, request, address);
      if (found) return found;
    }
    if (user === '') return { kind: 'unknown' };
    const number = await findNumber(numbers, user);
    if (!number) return { kind: 'unknown' };
    const isByAddress = number.carrier === 'trunk' && number.credentialId !== undefined;
    return isByAddress ? this.#onTrunkNumber(number, address) : { kind: 'number', number, trunk: undefined };
  }

  async #onNamed(
    trunk: Trunk | undefined,
    user: string,
    request: SipRequest,
    address: string,
  ): Promise<Entrance> {
    if (!trunk) return { kind: 'unknown' };
    const number = (await this.#numberOn(trunk, user, request)) ?? (await this.#withoutAddress(trunk));
    if (!this.#isFrom(trunk, address)) {
      const asksForAccount = number?.authentication !== undefined;
      return asksForAccount
        ? { kind: 'number', number, trunk: undefined }
        : { kind: 'stranger', trunk, why: NOT_A_GATEWAY };
    }
    return number ? { kind: 'number', number, trunk } : { kind: 'unknown' };
  }

  /** By the trunks that the address belongs to: the one that has the dialled number, the oldest of several. */
  async #fromGateway(user: string, request: SipRequest, address: string): Promise<Entrance | undefined> {
    const trunks = await this.#trunksAt(address);
    for (const trunk of trunks) {
      const number = await this.#numberOn(trunk, user, request);
      if (number) return { kind: 'number', number, trunk };
    }
    // What nobody asked for goes to a number without digits only where there is no doubt whose it is.
    const [trunk, ...others] = trunks;
    const rest = trunk && others.length === 0 ? await this.#withoutAddress(trunk) : undefined;
    return trunk && rest && { kind: 'number', number: rest, trunk };
  }

  /** Those with a gateway there as stored, the oldest first; after them those whose registrar is there. */
  async #trunksAt(address: string): Promise<Trunk[]> {
    const { trunks, registry } = this.#options;
    const stored = await trunks.findBySource(address, MAX_TRUNKS_OF_SOURCE);
    const known = new Set(stored.map(({ id }) => id));
    const bound = registry.trunksOf(address).filter((id) => !known.has(id));
    const found = await Promise.all(bound.slice(0, MAX_TRUNKS_OF_SOURCE).map((id) => trunks.find(id)));
    const others = found.filter((trunk) => trunk !== undefined);
    return [...stored, ...others.toSorted((one, other) => one.createdAt - other.createdAt)];
  }

  /** Whether an address is one of the trunk's, by its gateways or by what DNS says of its registrar. */
  #isFrom(trunk: Trunk, address: string): boolean {
    return (
      matchGateway(trunk, address) !== undefined || this.#options.registry.isGatewayOf(trunk.id, address)
    );
  }

  /** The number of a trunk that a request names. */
  async #numberOn(trunk: Trunk, user: string, request: SipRequest): Promise<PhoneNumber | undefined> {
    const direct = await this.#spelled(trunk, user);
    if (direct || registrarOf(trunk)?.username !== user) return direct;
    // The call is for our binding; whom it was dialled for stands elsewhere, or there is but one to choose.
    for (const name of [CALLED_PARTY, 'To']) {
      const uri = parseNameAddress(headerValue(request, name) ?? '')?.uri;
      const found = await this.#spelled(trunk, (uri && userOf(uri)) ?? '');
      if (found) return found;
    }
    const [only, ...others] = await this.#options.numbers.findByCredential(trunk.id, 2);
    return others.length === 0 ? only : undefined;
  }

  async #spelled({ id, techPrefix }: Trunk, user: string): Promise<PhoneNumber | undefined> {
    for (const address of spellingsOn(user, techPrefix)) {
      const found = await this.#options.numbers.findOnTrunk(id, address);
      if (found) return found;
    }
    return undefined;
  }

  /** A trunk may have a number without digits, which takes whatever is dialled. */
  #withoutAddress(trunk: Trunk): Promise<PhoneNumber | undefined> {
    return this.#options.numbers.findOnTrunk(trunk.id, undefined);
  }

  /** A number of a trunk, called at our own domain by whoever. */
  async #onTrunkNumber(number: PhoneNumber, address: string): Promise<Entrance> {
    const { credentialId = '', authentication } = number;
    const trunk = await this.#options.trunks.find(credentialId);
    if (trunk && this.#isFrom(trunk, address)) return { kind: 'number', number, trunk };
    // Without a trunk that takes calls it is being activated; with an account the digest tells friend from stranger.
    if (!trunk || !takesCalls(trunk) || authentication) return { kind: 'number', number, trunk: undefined };
    return { kind: 'stranger', trunk, why: NOT_A_GATEWAY };
  }
}

function userOf({ scheme, user, opaque }: SipUri): string | undefined {
  return user ?? (scheme === 'tel' ? opaque?.split(';')[0] : undefined);
}
