import { FRAME_SAMPLES } from '../media/media-session.ts';
import type { Transcriber } from '../voice/stt/contract.ts';

/** How long the transcriber may take for the final text of one stretch, in milliseconds. */
const FINAL_LIMIT_MS = 15_000;

/** The words in a stretch of 8 kHz speech, as this transcriber hears them; a grammar narrows what it may hear. */
export async function transcribe(
  transcriber: Transcriber,
  samples: Int16Array,
  grammar?: string,
): Promise<string> {
  const abort = new AbortController();
  const stream = await transcriber.open({
    language: 'en',
    settings: {},
    signal: abort.signal,
    ...(grammar && { grammar }),
  });
  try {
    return await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the transcriber gave no text')), FINAL_LIMIT_MS);
      stream.transcripts.on(({ text, isFinal }) => {
        if (!isFinal) return;
        clearTimeout(timer);
        resolve(text);
      });
      stream.failed.on((error) => {
        clearTimeout(timer);
        reject(error);
      });
      stream.speechStarted();
      for (let offset = 0; offset + FRAME_SAMPLES <= samples.length; offset += FRAME_SAMPLES) {
        stream.write(samples.subarray(offset, offset + FRAME_SAMPLES));
      }
      stream.speechEnded();
    });
  } finally {
    stream.close();
    abort.abort();
  }
}
