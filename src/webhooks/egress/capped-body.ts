import type { ReadableStream } from 'node:stream/web';

/** The same bytes as they come; the stream fails with `tooLarge` as soon as more than `maxBytes` were seen. */
export function cappedBody(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
  tooLarge: Error,
): ReadableStream<Uint8Array> {
  let seen = 0;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        seen += chunk.byteLength;
        if (seen > maxBytes) controller.error(tooLarge);
        else controller.enqueue(chunk);
      },
    }),
  );
}
