import type { MediaParams } from '../../media/media-session.ts';
import {
  answerOffer,
  createOffer,
  type LocalMedia,
  type NegotiatedMedia,
  readAnswer,
  type SrtpMode,
} from '../../sip/session/offer-answer.ts';
import { SipRejection } from '../../sip/session/session.ts';
import { SrtpKeys } from '../../sip/session/srtp-keys.ts';
import type { MediaPolicy } from './media-policy.ts';
import type { LegNegotiation } from './sip-leg-base.ts';

/** The packet time of telephony. */
const PTIME_MS = 20;

/**
 * Offer and answer of one leg; each description that we give has the next version.
 * @param initial what we do about SRTP until an offer says otherwise
 */
export function negotiate(
  local: { address: string; port: number; sessionId: number },
  { codecs, codecOrder }: Pick<MediaPolicy, 'codecs' | 'codecOrder'>,
  initial: SrtpMode,
): LegNegotiation {
  const keys = new SrtpKeys();
  let version = 0;
  let mode = initial;
  let { address } = local;
  let isProtected = false;
  const describe = (srtp: SrtpMode): LocalMedia => {
    version += 1;
    return { ...local, address, version, codecs, codecOrder, ptimeMs: PTIME_MS, srtp: { mode: srtp, keys } };
  };
  const settle = (media: NegotiatedMedia): MediaParams => {
    isProtected = media.srtp !== undefined;
    return media;
  };
  return {
    answer(offer): { sdp: string; media: MediaParams } {
      const result = answerOffer(offer, describe(mode));
      if ('rejected' in result) throw new SipRejection(result.rejected, result.reason);
      return { sdp: result.sdp, media: settle(result.media) };
    },
    offer(to) {
      mode = to?.srtp ?? mode;
      address = to?.address ?? address;
      // Audio that is protected stays so by our own offers.
      return createOffer(describe(isProtected ? 'required' : mode));
    },
    readAnswer(answer): MediaParams {
      const result = readAnswer(answer, describe(isProtected ? 'required' : mode));
      if ('rejected' in result) throw new SipRejection(result.rejected, result.reason);
      return settle(result.media);
    },
  };
}
