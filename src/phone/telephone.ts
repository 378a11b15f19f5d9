import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { MediaPool } from '../media/media-session.ts';
import { createUserAgent } from '../sip/index.ts';
import { createOffer, type LocalMedia, type SrtpMode } from '../sip/session/offer-answer.ts';
import type { TransportProtocol, UserAgent } from '../sip/session/session.ts';
import { SrtpKeys } from '../sip/session/srtp-keys.ts';
import { DialledCall } from './dialled-call.ts';

export interface TelephoneOptions {
  bindAddress: string;
  media: MediaPool;
  logger: Logger;
  /** Authorities in PEM to trust in calls over TLS, instead of those that Node trusts. */
  ca?: string;
}

export interface DialOptions {
  /** `sip:user@host[:port]`, or `sips:` for TLS. */
  uri: string;
  /** For a `sip:` URI; a `sips:` URI is TLS whatever stands here. */
  protocol?: TransportProtocol;
  from?: string;
  displayName?: string;
  headers?: { name: string; value: string }[];
  credentials?: { username: string; password: string };
  /** Codecs offered, the dearest first. */
  codecs?: LocalMedia['codecs'];
  ptimeMs?: number;
  /** What our offer says about SRTP. Unset: off. */
  srtp?: SrtpMode;
  /** Keys to use; unset: new ones. */
  srtpKeys?: SrtpKeys;
  /** Put into SDP instead of the bound address. */
  mediaAddress?: string;
  /** Sends the INVITE without a description: the other side offers, our answer goes with the ACK. */
  lateOffer?: boolean;
}

/** A real SIP and RTP telephone without a person: what the command line and the tests call with. */
export class Telephone {
  readonly #options: TelephoneOptions;
  readonly #userAgent: UserAgent;

  private constructor(options: TelephoneOptions, userAgent: UserAgent) {
    this.#options = options;
    this.#userAgent = userAgent;
  }

  /** Opens its sockets on free ports. */
  static async open(options: TelephoneOptions): Promise<Telephone> {
    const { bindAddress, logger, ca } = options;
    const userAgent = createUserAgent({
      bindAddress,
      port: 0,
      clock: systemClock,
      logger,
      ...(ca !== undefined && { ca }),
      handlers: { onInvite: (session) => session.reject(486), admit: () => 'accept' },
    });
    await userAgent.start();
    return new Telephone(options, userAgent);
  }

  /** Places a call; {@link DialledCall.answered} tells when it is up. */
  async dial(options: DialOptions): Promise<DialledCall> {
    const { media: pool, bindAddress } = this.#options;
    const media = await pool.createSession({ bindAddress });
    const local: LocalMedia = {
      address: options.mediaAddress ?? bindAddress,
      port: media.localPort,
      sessionId: systemClock.now(),
      version: 1,
      codecs: options.codecs ?? ['PCMU', 'PCMA'],
      ptimeMs: options.ptimeMs ?? 20,
      srtp: { mode: options.srtp ?? 'off', keys: options.srtpKeys ?? new SrtpKeys() },
    };
    const invite = this.#userAgent.invite({
      uri: uriOver(options.protocol ?? 'udp', options.uri),
      from: {
        uri: options.from ?? `sip:phone@${bindAddress}`,
        ...(options.displayName && { displayName: options.displayName }),
      },
      sdp: options.lateOffer ? undefined : createOffer(local),
      ...(options.headers && { headers: options.headers }),
      ...(options.credentials && { credentials: options.credentials }),
    });
    return new DialledCall({ session: invite, media, local, lateOffer: options.lateOffer === true });
  }

  close(): Promise<void> {
    return this.#userAgent.close();
  }
}

function uriOver(protocol: TransportProtocol, uri: string): string {
  return protocol === 'udp' || /^sips:/i.test(uri) ? uri : `${uri};transport=${protocol}`;
}
