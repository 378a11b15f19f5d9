import type { MediaParams } from '../../media/media-session.ts';
import { answerOffer, createOffer, type LocalMedia, readAnswer } from '../../sip/session/offer-answer.ts';
import { SipRejection } from '../../sip/session/session.ts';
import type { LegNegotiation } from './sip-leg-base.ts';

/** Our codecs, the dearest first, and the packet time of telephony. */
const CODECS: LocalMedia['codecs'] = ['PCMU', 'PCMA'];
const PTIME_MS = 20;

/** Offer and answer of one leg; each description that we give has the next version. */
export function negotiate(local: { address: string; port: number; sessionId: number }): LegNegotiation {
  let version = 0;
  const next = (): LocalMedia => {
    version += 1;
    return { ...local, version, codecs: CODECS, ptimeMs: PTIME_MS };
  };
  return {
    answer(offer): { sdp: string; media: MediaParams } {
      const result = answerOffer(offer, next());
      if ('rejected' in result) throw new SipRejection(result.rejected, result.reason);
      return result;
    },
    offer: () => createOffer(next()),
    readAnswer(answer): MediaParams {
      const result = readAnswer(answer, next());
      if ('rejected' in result) throw new SipRejection(result.rejected, result.reason);
      return result.media;
    },
  };
}
