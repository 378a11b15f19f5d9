import type { MediaStats, RecordedParty, Recording } from '../../domain/calls/call.ts';
import type { RecordingChannel, RtpStats } from '../../media/media-session.ts';
import type { Leg } from '../leg.ts';
import type { CallRecorder } from './call-recorder.ts';

/** The last figures of the line, and its recording. @param file the recording's name; unset where there is none. */
export async function measureLine(
  leg: Leg,
  recorder: CallRecorder,
  file: string | undefined,
): Promise<{ media: MediaStats; recording?: Recording }> {
  const recorded = file === undefined ? undefined : await leg.media.stopRecording();
  if (recorded) {
    const { error, durationMs, channels } = recorded;
    if (error) recorder.record('recording.failed', { file, error });
    else recorder.record('recording.finished', { file, durationMs, channels: channels.map(partyOf) });
  }
  const media = toMediaStats(await leg.media.stats());
  if (file === undefined || !recorded || recorded.durationMs === 0) return { media };
  const { durationMs, channels } = recorded;
  return { media, recording: { file, durationMs, channels: channels.map(partyOf) } };
}

/** The caller's line receives the caller, is sent the agent, and is joined to the operator's. */
function partyOf(channel: RecordingChannel): RecordedParty {
  return ({ received: 'caller', sent: 'agent', joined: 'operator' } as const)[channel];
}

function toMediaStats(stats: RtpStats): MediaStats {
  const { duplicated: _duplicated, sendLatenessP99Ms: _lateness, ...media } = stats;
  return media;
}
