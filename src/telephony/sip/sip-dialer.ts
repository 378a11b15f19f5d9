import type { TrunkGateway } from '../../domain/credentials/credential.ts';
import type { CredentialRepository } from '../../domain/credentials/credential-repository.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import { isTrunk, type Trunk } from '../../domain/trunks/trunk.ts';
import {
  DialError,
  type Dialer,
  type DialJudge,
  type DialQuestion,
  type DialRequest,
  NoRoomError,
} from '../../flow/dialer.ts';
import type { DialClaim, DialGate, DialPass } from '../../flow/dialing/dial-gate.ts';
import {
  admitNumber,
  admitPlace,
  admitRequest,
  admitUri,
  MAX_OWN_HOPS,
  type RefusalOfAddress,
} from '../../flow/dialing/dial-policy.ts';
import type { NumberDirectory } from '../../flow/routing/find-number.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { MediaPool } from '../../media/media-session.ts';
import { breaksLine } from '../../sip/message/characters.ts';
import type { HeaderLine, SipUri } from '../../sip/message/message.ts';
import { formatHostPort } from '../../sip/message/uri.ts';
import { SipRejection, type Source, type UserAgent } from '../../sip/session/session.ts';
import { customerHeaders } from './customer-headers.ts';
import type { DialRoute, DialTarget } from './dial-target.ts';
import { DEFAULT_MEDIA_POLICY, type MediaPolicy, secureTarget, secureTargets } from './media-policy.ts';
import { negotiate } from './negotiation.ts';
import { numberAtOurHost } from './number-at-our-host.ts';
import { type OutboundCaller, outboundCaller } from './outbound-caller.ts';
import type { OwnListener } from './own-listener.ts';
import { SipOutboundLeg } from './sip-outbound-leg.ts';
import type { TrunkRegistry } from './trunk-registry.ts';
import { trunkRoutes } from './trunk-routes.ts';

type AdmittedPlace = Pick<DialTarget, 'place' | 'maxForwards'>;

/** Longest Referred-By that is passed on: several times what telephones write. */
const MAX_REFERRED_BY_CHARACTERS = 512;
/** Credentials looked through for the org's default trunk. */
const MAX_CREDENTIALS = 1_000;

export interface SipDialerOptions {
  userAgent: () => Pick<UserAgent, 'invite' | 'localAddressFor' | 'resolveServer'>;
  own: OwnListener;
  /** Numbers of the exchange itself, of all orgs. */
  numbers: NumberDirectory;
  media: MediaPool;
  credentials: Pick<CredentialRepository, 'get' | 'list'>;
  trunks: Pick<TrunkRegistry, 'isUp' | 'countCall' | 'isReachedAt'>;
  /** Whom the orgs may call, and how many at once. */
  gate: DialGate;
  /** Judges every address that is dialled. */
  refusalOf: RefusalOfAddress;
  bindAddress: string;
  /** Unset: {@link DEFAULT_MEDIA_POLICY}. */
  mediaPolicy?: MediaPolicy;
  /** Put into SDP; unset: the local address on the route to the peer. */
  publicHost: string | undefined;
  /** Host of the caller's URI where he is a telephone number. */
  fromHost: string;
  /** Whether the exchange has room for calls that it begins itself. */
  mayDial: () => boolean;
  clock: Clock;
  logger: Logger;
}

/**
 * Places legs over SIP: a SIP URI is called as it stands; a number goes over the trunk of its own number, else over the
 * org's oldest trunk.
 */
export class SipDialer implements Dialer, DialJudge {
  readonly #options: SipDialerOptions;
  /** Outbound legs that are under way or up, by call. */
  readonly #legs = new Map<string, number>();

  constructor(options: SipDialerOptions) {
    this.#options = options;
  }

  async dial(given: DialRequest): Promise<SipOutboundLeg> {
    const { call, destination } = given;
    // Other legs belong to a call that is up, which overload must not touch.
    const isNewCall = call.direction === 'outbound' && !this.#legs.has(call.id);
    if (isNewCall && !this.#options.mayDial()) throw new NoRoomError();
    const { extension = destination.type === 'number' ? destination.extension : undefined } = given;
    admitRequest({ maxForwards: given.maxForwards - 1, extension }, this.#legs.get(call.id) ?? 0);
    this.#count(call.id, 1);
    let pass: DialPass | undefined;
    const over = () => {
      this.#count(call.id, -1);
      pass?.release();
    };
    try {
      const request = { ...given, ...(await numberAtOurHost(given, this.#options)) };
      pass = await this.#options.gate.admit(claimOf({ ...request, orgId: call.orgId }), dialledOf(request));
      const leg = await this.#place(request, await this.#targets(request, pass), pass);
      follow(leg, pass, over);
      return leg;
    } catch (error) {
      over();
      throw error;
    }
  }

  async judge(question: DialQuestion): Promise<void> {
    const { gate, own, refusalOf } = this.#options;
    const { destination, number } = { ...question, ...(await numberAtOurHost(question, this.#options)) };
    await gate.judge(claimOf(question), dialledOf({ destination }));
    if (destination.type === 'number') {
      admitNumber(destination.number, number);
      return;
    }
    const uri = admitUri(destination.sipUri);
    admitPlace({ user: uri.user, addresses: [], isOwn: own.isNamedBy(uri), number }, refusalOf);
  }

  async judgeReferral(question: DialQuestion): Promise<void> {
    const { destination, number, orgId } = question;
    await this.judge(question);
    if (destination.type !== 'sip') return;
    if (await numberAtOurHost(question, this.#options))
      throw new DialError('refused', 'the referral would lead to a telephone number at this exchange itself');
    const admitted = await this.#admit(destination.sipUri, number);
    if (await this.#reachesNetwork(admitted, orgId))
      await this.#options.gate.judge(claimOf(question), admitted.uri.user ?? '');
  }

  async #place(
    request: DialRequest,
    targets: [DialTarget, ...DialTarget[]],
    pass: DialPass,
  ): Promise<SipOutboundLeg> {
    const { media: pool, bindAddress, publicHost, userAgent, clock } = this.#options;
    const { mediaPolicy = DEFAULT_MEDIA_POLICY } = this.#options;
    const { call, destination, near, through } = request;
    const secured = secureTargets(targets, mediaPolicy);
    const logger = this.#options.logger.child({ callId: call.id });
    const mediaAddressFor = (place: Source) => publicHost ?? userAgent().localAddressFor(place);
    const address = mediaAddressFor(secured[0].place);
    const media = through ?? (await pool.createSession({ bindAddress, ...(near && { near }) }));
    const transferred = transferHeaders(request);
    const isNumber = destination.type === 'number';
    const leg = new SipOutboundLeg({
      carrier: isNumber ? 'trunk' : 'sip',
      dialled: isNumber ? destination.number : destination.sipUri,
      customer: isNumber ? { number: destination.number } : { sipUri: destination.sipUri },
      headers: {},
      media,
      borrowsMedia: through !== undefined,
      // Whom we have called was named by our customer.
      mayTransfer: true,
      trunkId: targets[0].trunkId,
      negotiation: negotiate({ address, port: media.localPort, sessionId: clock.now() }, mediaPolicy, 'off'),
      targets: secured,
      mediaAddressFor,
      invite: ({ place, ...invite }, sdp) =>
        userAgent().invite({
          ...invite,
          headers: [...invite.headers, ...transferred],
          destination: place,
          sdp,
          admits: (found) => found === place.address || this.#options.refusalOf(found) === undefined,
        }),
      redirect: async (contact) =>
        secureTarget(await this.#redirected(request, contact, targets[0].from, pass), mediaPolicy),
      timeoutMs: request.timeoutMs,
      extension: request.extension,
      clock,
      logger,
    });
    leg.provisionals.on((status) => request.onProgress?.(status));
    return leg;
  }

  /** @throws {DialError} where no way is left; of several the last one's reason */
  async #targets(request: DialRequest, pass: DialPass): Promise<[DialTarget, ...DialTarget[]]> {
    const routes = await this.#routes(request);
    const toNetwork = request.destination.type === 'number';
    const targets: DialTarget[] = [];
    let failure = new DialError('unreachable', 'there is nowhere to send the call');
    for (const route of routes) {
      try {
        const admitted = await this.#admit(route.uri, request.number);
        if (!toNetwork && (await this.#reachesNetwork(admitted, request.call.orgId)))
          pass.judge(admitted.uri.user ?? '');
        for (const place of placesOf(admitted, request)) targets.push({ ...route, ...place });
      } catch (error) {
        if (!(error instanceof DialError)) throw error;
        failure = error;
      }
    }
    const [first, ...rest] = targets;
    if (!first) throw failure;
    return [first, ...rest];
  }

  async #routes(request: DialRequest): Promise<DialRoute[]> {
    const { destination } = request;
    if (destination.type === 'number') {
      const number = admitNumber(destination.number, request.number);
      const trunk = await this.#trunk(request);
      const own = request.call.direction === 'outbound' ? request.number?.address : undefined;
      const { callerId = own ?? trunk.callerNumber } = request;
      const caller = this.#caller({ ...request, ...(callerId !== undefined && { callerId }) });
      const isUp = (gateway: TrunkGateway) => this.#options.trunks.isUp(trunk.id, gateway);
      const routes = trunkRoutes(trunk, { number, caller, host: this.#host, isUp });
      this.#options.trunks.countCall(trunk.id, 'out');
      const added = customerHeaders(request.headers ?? {});
      return routes.map((route) => ({ ...route, trunkId: trunk.id, headers: [...route.headers, ...added] }));
    }
    const caller = this.#caller(request);
    const headers = customerHeaders({ ...destination.sipHeaders, ...request.headers });
    return [{ uri: destination.sipUri, from: caller.from, headers }];
  }

  /** Our customer's headers and account are for whom he named, not for where that one sends us; who calls stays the same. */
  async #redirected(
    request: DialRequest,
    contact: string,
    from: DialTarget['from'],
    pass: DialPass,
  ): Promise<DialTarget> {
    const admitted = await this.#admit(contact, request.number);
    // A trunk that sends the call on sends it on through the telephone network, whatever host it names.
    const isByTrunk = request.destination.type === 'number' && !admitted.isOwn;
    if (isByTrunk || (await this.#reachesNetwork(admitted, request.call.orgId)))
      pass.judge(admitted.uri.user ?? '');
    return { uri: contact, from, headers: [], ...placesOf(admitted, request)[0] };
  }

  #caller({ call, number, callerId, destination }: DialRequest): OutboundCaller {
    // In a call that we placed the customer is who was called: the number speaks for itself.
    const { sipUri, ...customer } = call.direction === 'outbound' ? {} : call.customer;
    // A trunk knows telephone numbers alone: a caller who has none is shown as our number.
    const isForTrunk = destination.type === 'number' || sipUri === undefined;
    const who = { customer: isForTrunk ? customer : { ...customer, sipUri }, number };
    return outboundCaller({ ...who, ...(callerId !== undefined && { callerId }) }, this.#host);
  }

  /** As it stands in a URI. */
  get #host(): string {
    return formatHostPort(this.#options.fromHost);
  }

  /** Takes a URI through the gate. @returns its servers, to be tried one after the other. @throws {DialError} */
  async #admit(text: string, number: PhoneNumber | undefined): Promise<AdmittedUri> {
    const { own, refusalOf } = this.#options;
    const uri = admitUri(text);
    const ownPlace = own.placeOf(uri);
    const places: [Source, ...Source[]] = ownPlace ? [ownPlace] : await this.#locate(uri);
    const isOwn = ownPlace !== undefined || places.some((place) => own.includes(place));
    const addresses = ownPlace ? [] : places.map(({ address }) => address);
    admitPlace({ user: uri.user, addresses, isOwn, number }, refusalOf);
    return { uri, addresses, isOwn, places };
  }

  /**
   * Whether a SIP URI names a telephone number to somebody who connects it: a gateway of any org's, since whose account it
   * is that pays is not said by the URI, or whoever reads `user=phone`.
   */
  async #reachesNetwork({ uri, addresses, isOwn }: AdmittedUri, orgId: string): Promise<boolean> {
    const { host, user, params } = uri;
    if (isOwn || user === undefined) return false;
    if (params.get('user') === 'phone' || (await this.#options.trunks.isReachedAt(host, addresses)))
      return true;
    // A trunk that another process has just written is not known here yet; the org's own are asked for by each call.
    const own = await this.#trunks(orgId);
    return own.some(({ gateways }) => gateways.some(({ ip }) => ip === host || addresses.includes(ip)));
  }

  /** The servers that a URI leads to. @throws {DialError} */
  async #locate(uri: SipUri): Promise<[Source, ...Source[]]> {
    try {
      return await this.#options.userAgent().resolveServer(uri);
    } catch (error) {
      if (!(error instanceof SipRejection)) throw error;
      throw new DialError(error.status === 503 ? 'unreachable' : 'refused', error.message);
    }
  }

  async #trunk({ call, number }: DialRequest): Promise<Trunk> {
    const { credentials } = this.#options;
    const own =
      number?.credentialId === undefined ? undefined : await credentials.get(call.orgId, number.credentialId);
    if (own && isTrunk(own)) return own;
    const [oldest] = (await this.#trunks(call.orgId)).toSorted(
      (one, other) => one.createdAt - other.createdAt,
    );
    if (!oldest) {
      const message =
        'a number can only be dialled through a trunk, and the org has no byo-sip-trunk credential';
      throw new DialError('unreachable', message);
    }
    return oldest;
  }

  async #trunks(orgId: string): Promise<Trunk[]> {
    const list = await this.#options.credentials.list(orgId, { limit: MAX_CREDENTIALS, order: 'ascending' });
    return list.filter(isTrunk);
  }

  #count(callId: string, change: number): void {
    const count = (this.#legs.get(callId) ?? 0) + change;
    if (count > 0) this.#legs.set(callId, count);
    else this.#legs.delete(callId);
  }
}

/** A URI that the gate let pass. */
interface AdmittedUri {
  uri: SipUri;
  /** Every address that its host has; none where it is us by a host name of ours. */
  addresses: string[];
  isOwn: boolean;
  /** Its servers, in their order. */
  places: [Source, ...Source[]];
}

/** The servers of a URI, with the hops that are left to a request there. */
function placesOf(
  { places: [first, ...rest], isOwn }: AdmittedUri,
  request: Pick<DialRequest, 'maxForwards'>,
): [AdmittedPlace, ...AdmittedPlace[]] {
  const left = request.maxForwards - 1;
  const maxForwards = isOwn ? Math.min(left, MAX_OWN_HOPS) : left;
  const admitted = (place: Source): AdmittedPlace => ({ place, maxForwards });
  return [admitted(first), ...rest.map(admitted)];
}

function claimOf({ orgId, by = 'call', number }: Pick<DialQuestion, 'orgId' | 'by' | 'number'>): DialClaim {
  return { orgId, by, from: number?.address };
}

/** The number that the telephone network is asked for; of a SIP URI it is known once its host is. */
function dialledOf({ destination }: Pick<DialRequest, 'destination'>): string | undefined {
  return destination.type === 'number' ? destination.number : undefined;
}

/** Lets the gate know what becomes of a leg, and end it. */
function follow(leg: SipOutboundLeg, pass: DialPass, over: () => void): void {
  pass.onRevoked(() => void leg.revoke('the org has switched its outbound calls off'));
  // How it failed is told by the leg's end.
  leg.answered.then(
    () => pass.answered(),
    () => {},
  );
  if (leg.end) over();
  else leg.ended.on(over);
}

/** What the far end is told of a transfer that somebody outside asked for. */
function transferHeaders({ replaces, referredBy }: DialRequest): HeaderLine[] {
  const isShown = referredBy && referredBy.length <= MAX_REFERRED_BY_CHARACTERS && !breaksLine(referredBy);
  return [
    // Who does not know it must refuse, or he would ring a second time (RFC 3891 section 4).
    ...(replaces === undefined
      ? []
      : [
          { name: 'Replaces', value: replaces },
          { name: 'Require', value: 'replaces' },
        ]),
    ...(isShown ? [{ name: 'Referred-By', value: referredBy }] : []),
  ];
}
