import { randomBytes } from 'node:crypto';
import { canonicalAddress } from '../rtp/address-scope.ts';
import type { Reception } from '../rtp/reception.ts';
import { ntpMiddle, type OutgoingRtcp, type ReportBlock, readRtcp, writeRtcp } from '../rtp/rtcp-packet.ts';
import type { SrtpSession } from '../srtp/srtp-session.ts';

/** Mean time between reports (RFC 3550 section 6.2); each is drawn from half to one and a half of it. */
const REPORT_INTERVAL_MS = 5000;
/** Longer round trips are a report that does not fit ours. */
const MAX_ROUND_TRIP_MS = 10_000;
const NTP_UNITS_PER_MS = 65.536;

interface Place {
  address: string;
  port: number;
}

/** What the exchange must know of its session at the moment of a report. */
export interface RtcpView {
  /** Our SSRC and what we sent. */
  ssrc: number;
  packets: number;
  octets: number;
  timestamp: number;
  /** The peer's. */
  remoteSsrc: number;
  reception: Reception;
  /** Units of the peer's RTP timestamps in one sample of 8 kHz, in which its jitter is told to it. */
  ticksPerSample: number;
}

/** Reports of one session: ours on their schedule, the peer's when they come from where its media comes from. */
export class RtcpExchange {
  remoteLoss: number | undefined;
  roundTripMs: number | undefined;
  readonly #view: () => RtcpView;
  readonly #send: (packet: Uint8Array, destination: Place) => void;
  readonly #srtp: Pick<SrtpSession, 'openRtcp' | 'protectRtcp'>;
  readonly #cname = randomBytes(12).toString('base64url');
  #nextAtMs: number | undefined;
  #packetsBefore = 0;
  #reported = false;
  #remoteNtp = 0;
  #remoteNtpAtMs = 0;
  /** Where the SDP puts the peer's RTCP. */
  #named: Place | undefined;
  /** Where the peer's RTCP really came from. */
  #learned: Place | undefined;

  constructor(
    view: () => RtcpView,
    send: (packet: Uint8Array, destination: Place) => void,
    srtp: Pick<SrtpSession, 'openRtcp' | 'protectRtcp'>,
  ) {
    this.#view = view;
    this.#send = send;
    this.#srtp = srtp;
  }

  configure(named: Place, relocated: boolean): void {
    this.#named = { address: canonicalAddress(named.address), port: named.port };
    if (relocated) this.#learned = undefined;
  }

  /** Takes a datagram. `media` is the locked source of RTP: from any other address it is refused, and so it is before. */
  receive(bytes: Buffer, from: Place, media: Place | undefined, now: { ms: number; at: number }): boolean {
    if (!media || from.address !== media.address) return false;
    const opened = this.#srtp.openRtcp(bytes);
    const rtcp = opened && readRtcp(opened);
    if (!rtcp) return false;
    this.#learned = from;
    if (rtcp.senderReportNtp !== undefined && rtcp.ssrc === this.#view().remoteSsrc) {
      this.#remoteNtp = rtcp.senderReportNtp;
      this.#remoteNtpAtMs = now.ms;
    }
    const ours = this.#view().ssrc;
    for (const report of rtcp.reports) if (report.ssrc === ours) this.#take(report, now.at);
    return true;
  }

  /** Sends a report when it is time. `media` is where our RTP goes. */
  tick(media: Place | undefined, now: { ms: number; at: number }): void {
    this.#nextAtMs ??= now.ms + REPORT_INTERVAL_MS * (0.5 + Math.random());
    if (now.ms < this.#nextAtMs) return;
    this.#nextAtMs = now.ms + REPORT_INTERVAL_MS * (0.5 + Math.random());
    this.#report(media, now, false);
  }

  /** Says that we leave, to a peer that we ever sent something to. */
  leave(media: Place | undefined, now: { ms: number; at: number }): void {
    if (this.#reported || this.#view().packets > 0) this.#report(media, now, true);
  }

  #report(media: Place | undefined, now: { ms: number; at: number }, goodbye: boolean): void {
    const destination = media && this.#destination(media);
    if (!destination) return;
    const view = this.#view();
    const packet: OutgoingRtcp = { ssrc: view.ssrc, cname: this.#cname, goodbye };
    if (view.packets > this.#packetsBefore)
      packet.senderInfo = {
        sentAt: now.at,
        rtpTimestamp: view.timestamp,
        packets: view.packets,
        octets: view.octets,
      };
    this.#packetsBefore = view.packets;
    if (view.reception.hasBegun) {
      const delay = this.#remoteNtp === 0 ? 0 : Math.round((now.ms - this.#remoteNtpAtMs) * NTP_UNITS_PER_MS);
      const report = view.reception.report();
      packet.report = {
        ssrc: view.remoteSsrc,
        ...report,
        jitter: (report.jitter * view.ticksPerSample) >>> 0,
        lastSenderReport: this.#remoteNtp,
        delaySinceLastSenderReport: delay >>> 0,
      };
    }
    this.#reported = true;
    this.#send(this.#srtp.protectRtcp(writeRtcp(packet)), destination);
  }

  /** The SDP's place where media came from the SDP's address; else where the peer's reports, or its media, came from. */
  #destination(media: Place): Place | undefined {
    if (this.#learned && this.#learned.address === media.address) return this.#learned;
    if (this.#named?.address === canonicalAddress(media.address))
      return this.#named.port ? this.#named : undefined;
    return media.port < 65_535 ? { address: media.address, port: media.port + 1 } : undefined;
  }

  #take(report: ReportBlock, at: number): void {
    this.remoteLoss = report.fractionLost / 256;
    if (report.lastSenderReport === 0) return;
    const units = (ntpMiddle(at) - report.lastSenderReport - report.delaySinceLastSenderReport) | 0;
    const roundTripMs = units / NTP_UNITS_PER_MS;
    // The two clocks of a fast network may cross by a unit.
    if (roundTripMs > -1 && roundTripMs < MAX_ROUND_TRIP_MS) this.roundTripMs = Math.max(0, roundTripMs);
  }
}
