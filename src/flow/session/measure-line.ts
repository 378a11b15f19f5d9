import type { MediaStats, Recording } from '../../domain/calls/call.ts';
import type { RtpStats } from '../../media/media-session.ts';
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
    const { error, durationMs } = recorded;
    if (error) recorder.record('recording.failed', { file, error });
    else recorder.record('recording.finished', { file, durationMs });
  }
  const media = toMediaStats(await leg.media.stats());
  if (file === undefined || !recorded || recorded.durationMs === 0) return { media };
  return { media, recording: { file, durationMs: recorded.durationMs } };
}

function toMediaStats(stats: RtpStats): MediaStats {
  const { duplicated: _duplicated, sendLatenessP99Ms: _lateness, ...media } = stats;
  return media;
}
