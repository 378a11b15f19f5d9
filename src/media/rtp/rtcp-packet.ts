import type { ReceptionReport } from './reception.ts';

// Written out here because the struct library at hand neither knows BYE nor checks the lengths a stranger declares.

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const GOODBYE = 203;
const SDES_CNAME = 1;
const REPORT_BLOCK_BYTES = 24;
const SENDER_INFO_BYTES = 20;
/** Largest compound packet that is looked into, or written. */
export const RTCP_PACKET_MAX_BYTES = 1500;
/** Seconds from the NTP epoch of 1900 to the one of 1970. */
const NTP_UNIX_OFFSET_SECONDS = 2_208_988_800;

export interface ReportBlock extends ReceptionReport {
  ssrc: number;
  /** Middle 32 bits of the NTP time of the last sender report; 0 when there was none. */
  lastSenderReport: number;
  /** Since then, in units of 1/65536 s. */
  delaySinceLastSenderReport: number;
}

export interface SenderInfo {
  /** Unix time in milliseconds. */
  sentAt: number;
  rtpTimestamp: number;
  packets: number;
  octets: number;
}

/** What is used of a compound packet that was received. */
export interface ReceivedRtcp {
  ssrc: number;
  /** Middle 32 bits of the NTP time of its sender report. */
  senderReportNtp?: number;
  reports: ReportBlock[];
}

/** The middle 32 bits of an NTP timestamp, of a Unix time in milliseconds (RFC 3550 section 4). */
export function ntpMiddle(unixMs: number): number {
  const seconds = Math.floor(unixMs / 1000);
  const fraction = Math.floor(((unixMs - seconds * 1000) / 1000) * 65_536);
  return (((((seconds + NTP_UNIX_OFFSET_SECONDS) & 0xffff) << 16) >>> 0) + fraction) >>> 0;
}

function readReports(view: DataView, from: number, end: number, count: number): ReportBlock[] | undefined {
  if (from + count * REPORT_BLOCK_BYTES > end) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const at = from + index * REPORT_BLOCK_BYTES;
    return {
      ssrc: view.getUint32(at),
      fractionLost: view.getUint8(at + 4),
      cumulativeLost: (view.getUint32(at + 4) << 8) >> 8,
      extendedHighestSequence: view.getUint32(at + 8),
      jitter: view.getUint32(at + 12),
      lastSenderReport: view.getUint32(at + 16),
      delaySinceLastSenderReport: view.getUint32(at + 20),
    };
  });
}

/** Reads the sender or receiver report that fills `at` to `end`. */
function readReport(view: DataView, at: number, end: number): ReceivedRtcp | undefined {
  const isSender = view.getUint8(at + 1) === SENDER_REPORT;
  const blocks = at + 8 + (isSender ? SENDER_INFO_BYTES : 0);
  if (blocks > end) return undefined;
  const reports = readReports(view, blocks, end, view.getUint8(at) & 0x1f);
  if (!reports) return undefined;
  const ssrc = view.getUint32(at + 4);
  if (!isSender) return { ssrc, reports };
  return {
    ssrc,
    reports,
    senderReportNtp: ((view.getUint16(at + 10) << 16) | view.getUint16(at + 12)) >>> 0,
  };
}

/**
 * Reads a compound packet with the checks of RFC 3550 appendix A.2: version 2 throughout, a report first, lengths that
 * add up. Other packet types in it are passed over. @returns undefined when it is not well-formed.
 */
export function readRtcp(bytes: Uint8Array): ReceivedRtcp | undefined {
  if (bytes.length < 8 || bytes.length > RTCP_PACKET_MAX_BYTES || bytes.length % 4 !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let received: ReceivedRtcp | undefined;
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + view.getUint16(at + 2) * 4;
    if (view.getUint8(at) >> 6 !== 2 || end > bytes.length) return undefined;
    const type = view.getUint8(at + 1);
    if (type === SENDER_REPORT || type === RECEIVER_REPORT) {
      const report = readReport(view, at, end);
      if (!report) return undefined;
      if (received) received.reports.push(...report.reports);
      else received = report;
    } else if (!received) return undefined;
    at = end;
  }
  return received;
}

export interface OutgoingRtcp {
  ssrc: number;
  cname: string;
  /** Present when we sent audio since the last report. */
  senderInfo?: SenderInfo;
  report?: ReportBlock;
  goodbye?: boolean;
}

function writeHeader(buffer: Buffer, at: number, count: number, type: number, end: number): void {
  buffer.writeUInt8(0x80 | count, at);
  buffer.writeUInt8(type, at + 1);
  buffer.writeUInt16BE((end - at) / 4 - 1, at + 2);
}

function writeSenderInfo(buffer: Buffer, at: number, info: SenderInfo): number {
  const seconds = Math.floor(info.sentAt / 1000);
  buffer.writeUInt32BE((seconds + NTP_UNIX_OFFSET_SECONDS) >>> 0, at);
  buffer.writeUInt32BE(Math.floor(((info.sentAt - seconds * 1000) / 1000) * 0x1_0000_0000) >>> 0, at + 4);
  buffer.writeUInt32BE(info.rtpTimestamp >>> 0, at + 8);
  buffer.writeUInt32BE(info.packets >>> 0, at + 12);
  buffer.writeUInt32BE(info.octets >>> 0, at + 16);
  return at + SENDER_INFO_BYTES;
}

function writeReport(buffer: Buffer, at: number, report: ReportBlock): number {
  buffer.writeUInt32BE(report.ssrc, at);
  buffer.writeUInt32BE(((report.fractionLost << 24) | (report.cumulativeLost & 0xffffff)) >>> 0, at + 4);
  buffer.writeUInt32BE(report.extendedHighestSequence, at + 8);
  buffer.writeUInt32BE(report.jitter, at + 12);
  buffer.writeUInt32BE(report.lastSenderReport, at + 16);
  buffer.writeUInt32BE(report.delaySinceLastSenderReport, at + 20);
  return at + REPORT_BLOCK_BYTES;
}

/** Writes SR or RR, SDES with our CNAME, and BYE where we leave (RFC 3550 sections 6.4 to 6.6). */
export function writeRtcp(packet: OutgoingRtcp): Buffer {
  const buffer = Buffer.alloc(RTCP_PACKET_MAX_BYTES);
  buffer.writeUInt32BE(packet.ssrc, 4);
  let end = 8;
  if (packet.senderInfo) end = writeSenderInfo(buffer, end, packet.senderInfo);
  if (packet.report) end = writeReport(buffer, end, packet.report);
  writeHeader(buffer, 0, packet.report ? 1 : 0, packet.senderInfo ? SENDER_REPORT : RECEIVER_REPORT, end);

  const description = end;
  const cname = Buffer.from(packet.cname);
  buffer.writeUInt32BE(packet.ssrc, description + 4);
  buffer.writeUInt8(SDES_CNAME, description + 8);
  buffer.writeUInt8(cname.length, description + 9);
  cname.copy(buffer, description + 10);
  // At least one zero octet ends the list of items.
  end = description + 10 + cname.length + 1;
  end += (4 - (end % 4)) % 4;
  writeHeader(buffer, description, 1, SOURCE_DESCRIPTION, end);

  if (packet.goodbye) {
    buffer.writeUInt32BE(packet.ssrc, end + 4);
    writeHeader(buffer, end, 1, GOODBYE, end + 8);
    end += 8;
  }
  return buffer.subarray(0, end);
}
