import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { silentLogger } from '../lib/logger.ts';
import { createMediaPool } from '../media/media-pool.ts';
import { AUDIO_CODECS, type AudioCodec } from '../media/media-session.ts';
import type { DialledCall } from '../phone/dialled-call.ts';
import { type CallerEvent, converse } from '../phone/simulated-caller.ts';
import { Telephone } from '../phone/telephone.ts';
import { transcribe } from '../phone/transcribe.ts';
import { SipRejection, type TransportProtocol } from '../sip/session/session.ts';
import type { Transcriber } from '../voice/stt/contract.ts';
import { createPocketsphinxTranscriber, pocketsphinxAvailable } from '../voice/stt/pocketsphinx.ts';
import { createFliteSynthesizer } from '../voice/tts/flite.ts';
import { CommandError } from './command-error.ts';

export const CALL_USAGE = `usage: offhook call SIP-URI [--say TEXT]... [--press DIGITS]
                    [--tcp | --tls [--ca FILE]] [--codec NAME]... [--srtp] [--from SIP-URI] [--header "X-Name: value"]...
                    [--user NAME --password TEXT] [--wav FILE]

Calls the number, waits for the greeting, says each TEXT and prints each answer with its latency.
  --say TEXT       a sentence to say; give it again for the next one
  --press DIGITS   keys to press after the greeting begins: 0-9, *, #, A-D
  --tcp            signal over TCP instead of UDP
  --tls            signal over TLS, port 5061 unless the URI names one; sips: URIs always do
  --ca FILE        trust the certificates in this PEM file instead of the well-known authorities
  --codec NAME     a codec to offer: pcmu, pcma, g722, opus; give it again for the next one
  --srtp           offer encrypted audio alone, whose keys only TLS hides
  --from SIP-URI   who calls
  --header TEXT    a header of the call; X- headers become variables of the agent
  --user, --password   for a number that asks for them
  --wav FILE       where to save the recording (caller left, agent right)`;

/** RTP ports of the telephone: away from the exchange's own, so that both run on one machine. */
const PHONE_PORTS = { from: 30_000, to: 30_999 };

/** An exchange says 100 Trying within milliseconds, so longer silence means that nobody is there (RFC 3261 waits 32 s). */
const NOBODY_THERE_MS = 4_000;

const DEFAULT_SENTENCE = 'What are your opening hours?';

interface CallWords {
  uri: string;
  say: string[];
  press: string | undefined;
  protocol: TransportProtocol;
  ca: string | undefined;
  codecs: AudioCodec[] | undefined;
  srtp: boolean;
  from: string | undefined;
  headers: { name: string; value: string }[];
  credentials: { username: string; password: string } | undefined;
  wav: string;
}

/** `offhook call`: a simulated caller over real SIP and RTP, without the server's internals. */
export async function callCommand(args: string[]): Promise<void> {
  const words = readWords(args);
  const ca = words.ca === undefined ? undefined : await readAuthorities(words.ca);
  const media = createMediaPool({ workers: 1, ports: PHONE_PORTS, logger: silentLogger });
  const synthesizer = createFliteSynthesizer({ logger: silentLogger });
  const hearing = await pocketsphinxAvailable();
  const transcriber = hearing.ok
    ? createPocketsphinxTranscriber({ maxProcesses: 2, logger: silentLogger })
    : undefined;
  if (!transcriber) print('(pocketsphinx is not installed: the answers are recorded, but not written out)');
  const telephone = await Telephone.open({
    bindAddress: localAddressFor(words.uri),
    media,
    logger: silentLogger,
    ...(ca !== undefined && { ca }),
  });
  try {
    await placeCall(telephone, words, { synthesizer, transcriber });
  } finally {
    await Promise.all([telephone.close(), media.close(), synthesizer.close(), transcriber?.close()]);
  }
}

interface Voices {
  synthesizer: ReturnType<typeof createFliteSynthesizer>;
  transcriber: Transcriber | undefined;
}

async function placeCall(
  telephone: Telephone,
  words: CallWords,
  { synthesizer, transcriber }: Voices,
): Promise<void> {
  print(`calling ${words.uri} ...`);
  const call = await telephone.dial({
    uri: words.uri,
    protocol: words.protocol,
    headers: words.headers,
    srtp: words.srtp ? 'required' : 'off',
    ...(words.codecs && { codecs: words.codecs }),
    ...(words.from && { from: words.from }),
    ...(words.credentials && { credentials: words.credentials }),
  });
  await answered(call, words.uri, performance.now());
  call.media.startRecording(words.wav, { left: 'sent' });
  const latencies: number[] = [];
  let writing = Promise.resolve();
  const tell = (event: CallerEvent) => {
    if (event.type === 'heard' && event.latencyMs !== undefined) latencies.push(event.latencyMs);
    writing = writing.then(async () => print(await describe(event, transcriber)));
  };
  const stop = onInterrupt(() => void call.hangup());
  if (words.press) call.press(words.press);
  await converse(call, words.say, synthesizer, tell);
  await writing;
  stop();
  await finish(call, latencies, words.wav);
}

async function answered(call: DialledCall, uri: string, invitedAt: number): Promise<void> {
  const silence = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    if (call.provisionals.length > 0) return;
    silence.reject(
      new CommandError(`nothing answers at ${uri}: is the exchange running (npm start), and on that port?`),
    );
  }, NOBODY_THERE_MS);
  try {
    await Promise.race([call.answered, silence.promise]);
  } catch (error) {
    if (error instanceof SipRejection) throw new CommandError(notAnswered(error, uri));
    throw error;
  } finally {
    clearTimeout(timer);
  }
  print(`answered after ${Math.round(performance.now() - invitedAt)} ms`);
}

/** What the refusals that a newcomer meets mean. */
const REFUSALS: Readonly<Record<number, string>> = {
  401: 'it asks for a name and a password: give --user and --password',
  404: 'there is no such number',
  407: 'it asks for a name and a password: give --user and --password',
  480: 'the number is not active yet',
  486: 'it is busy',
  488: 'it has no codec in common with us, or refuses audio that is encrypted, or that is not (--codec, --srtp)',
};

function notAnswered({ status, message }: SipRejection, uri: string): string {
  const meaning = REFUSALS[status];
  const isDistrust =
    status === 503 && /certificate/.test(message) && /verify|self-signed|issuer/.test(message);
  if (isDistrust) return `${uri} is not trusted: ${message} (--ca FILE names an authority to trust)`;
  return meaning
    ? `${uri} did not answer: ${meaning} (SIP ${status})`
    : `${uri} did not answer: SIP ${status} ${message}`;
}

async function describe(event: CallerEvent, transcriber: Transcriber | undefined): Promise<string> {
  if (event.type === 'said') return `  you    ${event.text}`;
  if (event.type === 'not-answered') return '         (no answer)';
  const seconds = (event.samples.length / 8000).toFixed(1);
  const text = transcriber ? await transcribe(transcriber, event.samples) : '';
  const latency = event.latencyMs === undefined ? '' : `   [${Math.round(event.latencyMs)} ms]`;
  return `  agent  ${text === '' ? `(${seconds} s of speech)` : text}${latency}`;
}

async function finish(call: DialledCall, latencies: number[], wav: string): Promise<void> {
  const recorded = await call.media.stopRecording();
  const endedBy = call.end ? 'the agent hung up' : 'hung up';
  const stats = await call.hangup();
  const loss = (100 * stats.lost) / Math.max(1, stats.received + stats.lost);
  print(endedBy);
  if (latencies.length > 0) {
    const each = latencies.map((latency) => `${Math.round(latency)} ms`).join(', ');
    print(`latency   ${each}   (last voiced packet sent to first voiced audio heard)`);
  }
  print(
    `network   ${stats.received} packets, loss ${loss.toFixed(1)} %, jitter ${stats.jitterMs.toFixed(1)} ms`,
  );
  print(`audio     ${stats.codec}${stats.srtp ? `, SRTP ${stats.srtp.suite}` : ', in the clear'}`);
  if (recorded.error) print(`recording failed: ${recorded.error}`);
  else print(`recorded  ${wav}   (caller left, agent right)`);
}

function readWords(args: string[]): CallWords {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      say: { type: 'string', multiple: true },
      press: { type: 'string' },
      tcp: { type: 'boolean' },
      tls: { type: 'boolean' },
      ca: { type: 'string' },
      codec: { type: 'string', multiple: true },
      srtp: { type: 'boolean' },
      from: { type: 'string' },
      header: { type: 'string', multiple: true },
      user: { type: 'string' },
      password: { type: 'string' },
      wav: { type: 'string' },
    },
  });
  const [uri] = positionals;
  if (!uri || !/^sips?:[^@\s]+@[^@\s]+$/i.test(uri))
    throw new CommandError(uri ? `${uri} is no SIP URI such as sip:demo@127.0.0.1:5060` : CALL_USAGE);
  if (values.press && !/^[0-9*#A-D]+$/i.test(values.press))
    throw new CommandError('--press takes 0-9, *, # and A-D');
  if (values.tcp && (values.tls || /^sips:/i.test(uri)))
    throw new CommandError('--tcp is not encrypted: leave it away where --tls or a sips: URI is given');
  if (values.ca !== undefined && !values.tls && !/^sips:|;transport=tls/i.test(uri))
    throw new CommandError('--ca is for calls over TLS: give --tls or a sips: URI');
  if (values.srtp && !values.tls && !/^sips:|;transport=tls/i.test(uri))
    throw new CommandError('--srtp is for calls over TLS: give --tls or a sips: URI');
  if (Boolean(values.user) !== Boolean(values.password))
    throw new CommandError('--user and --password go together');
  return {
    uri,
    say: values.say ?? [DEFAULT_SENTENCE],
    press: values.press,
    protocol: values.tls ? 'tls' : values.tcp ? 'tcp' : 'udp',
    ca: values.ca,
    codecs: values.codec?.map(readCodec),
    srtp: values.srtp === true,
    from: values.from,
    headers: (values.header ?? []).map(readHeader),
    credentials: values.user ? { username: values.user, password: values.password ?? '' } : undefined,
    wav: resolve(values.wav ?? `call-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.wav`),
  };
}

function readCodec(name: string): AudioCodec {
  const codec = AUDIO_CODECS.find((known) => known.toLowerCase() === name.toLowerCase());
  if (codec) return codec;
  throw new CommandError(`--codec ${name} is none of ${AUDIO_CODECS.join(', ').toLowerCase()}`);
}

/** The PEM of the authorities to trust. */
async function readAuthorities(file: string): Promise<string> {
  const text = await readFile(file, 'utf8');
  try {
    new X509Certificate(text);
  } catch (error) {
    throw new CommandError(`--ca: ${file} holds no PEM certificate`, { cause: error });
  }
  return text;
}

function readHeader(text: string): { name: string; value: string } {
  const colon = text.indexOf(':');
  if (colon < 1) throw new CommandError(`--header ${text} is not "Name: value"`);
  return { name: text.slice(0, colon).trim(), value: text.slice(colon + 1).trim() };
}

/** The telephone's own address: loopback for a call to this machine, else all interfaces. */
function localAddressFor(uri: string): string {
  return /@(127\.|localhost)/.test(uri) ? '127.0.0.1' : '0.0.0.0';
}

function onInterrupt(act: () => void): () => void {
  process.once('SIGINT', act);
  return () => process.off('SIGINT', act);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
