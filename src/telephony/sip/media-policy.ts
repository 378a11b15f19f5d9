import { DialError } from '../../flow/dialer.ts';
import type { AudioCodec, SrtpMode } from '../../sip/session/offer-answer.ts';
import type { TransportProtocol } from '../../sip/session/session.ts';
import type { DialTarget } from './dial-target.ts';

/** What the owner has settled about the audio of SIP calls. */
export interface MediaPolicy {
  /** Codecs that we speak, the dearest first. */
  codecs: readonly AudioCodec[];
  /** Whose order an answer of ours follows. */
  codecOrder: 'theirs' | 'ours';
  /** `optional`: an offer of SRTP is answered with it, our own offers are plain. */
  srtp: 'off' | 'optional' | 'required';
  /** Lets the keys of SRTP go over signalling that others can read. */
  srtpWithoutTls: boolean;
}

/** Where the owner has said nothing: G.711 first, for every trunk has it and it costs least. */
export const DEFAULT_MEDIA_POLICY: MediaPolicy = {
  codecs: ['PCMU', 'PCMA', 'G722', 'opus'],
  codecOrder: 'theirs',
  srtp: 'optional',
  srtpWithoutTls: false,
};

/**
 * What we do about SRTP with a peer that signals over this transport. Keys in SDP are worth what hides the SDP (RFC 4568
 * section 7.1.3): without TLS they are neither given nor taken, unless the owner has allowed it.
 * @returns undefined where SRTP is required and its keys must not be given: there is no call then
 */
export function srtpMode(policy: MediaPolicy, protocol: TransportProtocol): SrtpMode | undefined {
  const mayHaveKeys = protocol === 'tls' || policy.srtpWithoutTls;
  if (policy.srtp === 'required') return mayHaveKeys ? 'required' : undefined;
  return policy.srtp === 'optional' && mayHaveKeys ? 'accepted' : 'off';
}

/** A target with what our offer to it says about SRTP. @throws {DialError} unreachable, where it cannot be offered what it must be. */
export function secureTarget(target: DialTarget, policy: MediaPolicy): DialTarget & { srtp: SrtpMode } {
  if (target.demandsSrtp && policy.srtp === 'off')
    throw new DialError('unreachable', 'the gateway asks for SRTP, which OFFHOOK_SRTP has switched off');
  const demanded = target.demandsSrtp ? { ...policy, srtp: 'required' as const } : policy;
  const srtp = srtpMode(demanded, target.place.protocol);
  if (srtp) return { ...target, srtp };
  throw new DialError('unreachable', 'SRTP is required, but its keys would be sent without TLS');
}

/** All targets that can be offered what they must be. @throws {DialError} where there is none; of several the last one's reason */
export function secureTargets(
  targets: readonly DialTarget[],
  policy: MediaPolicy,
): [DialTarget, ...DialTarget[]] {
  const secured: DialTarget[] = [];
  let failure: unknown;
  for (const target of targets) {
    try {
      secured.push(secureTarget(target, policy));
    } catch (error) {
      failure = error;
    }
  }
  const [first, ...rest] = secured;
  if (!first) throw failure;
  return [first, ...rest];
}
