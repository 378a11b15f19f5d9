import type { Synthesizer } from '../voice/tts/contract.ts';
import type { Spurt } from './ear.ts';
import type { PhoneCall } from './phone-call.ts';

/** How long the agent's greeting is waited for before the caller speaks anyway. */
const GREETING_LIMIT_MS = 6_000;
/** How long an answer may take to begin, and then to end. */
const ANSWER_LIMIT_MS = 20_000;
const SPEECH_LIMIT_MS = 60_000;
/** A person does not speak in the same instant in which the other stops. */
const BREATH_MS = 250;

/** What the caller said or heard, as it happens. */
export type CallerEvent =
  | { type: 'heard'; samples: Int16Array; latencyMs?: number }
  | { type: 'said'; text: string }
  | { type: 'not-answered'; text: string };

/** Holds the caller's side of a conversation: listens to the greeting, says each sentence, waits for each answer. */
export async function converse(
  call: PhoneCall,
  sentences: string[],
  synthesizer: Synthesizer,
  tell: (event: CallerEvent) => void,
): Promise<void> {
  const greeting = await hearSpurt(call, GREETING_LIMIT_MS);
  if (greeting) tell({ type: 'heard', samples: greeting.samples });
  for (const text of sentences) {
    const samples = await synthesize(synthesizer, text);
    await pause(BREATH_MS);
    if (call.end) return;
    tell({ type: 'said', text });
    const saidAt = await call.speak(samples);
    const answer = await hearSpurt(call, ANSWER_LIMIT_MS);
    if (!answer) {
      tell({ type: 'not-answered', text });
      continue;
    }
    tell({ type: 'heard', samples: answer.samples, latencyMs: answer.startedAt - saidAt });
  }
}

/** The next stretch of the agent's speech, or undefined when it does not begin in time or the call ends. */
async function hearSpurt(call: PhoneCall, limitMs: number): Promise<Spurt | undefined> {
  const spurt = call.nextSpurt(limitMs + SPEECH_LIMIT_MS);
  spurt.catch(() => {}); // its outcome is read below, if speech begins at all
  try {
    if (!call.ear.isHearingSpeech) await call.nextStart(limitMs);
    return await spurt;
  } catch {
    return undefined; // silence, or the call has ended: both are told by the caller of this function
  }
}

/** All of a sentence's audio, 8 kHz. */
export async function synthesize(synthesizer: Synthesizer, text: string): Promise<Int16Array> {
  const pieces: Int16Array[] = [];
  const signal = new AbortController().signal;
  for await (const piece of synthesizer.speak(one(text), {
    language: 'en',
    speed: 1,
    settings: {},
    signal,
  })) {
    pieces.push(piece);
  }
  const whole = new Int16Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

async function* one(text: string): AsyncIterable<string> {
  yield text;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
