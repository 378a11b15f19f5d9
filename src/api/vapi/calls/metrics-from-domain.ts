import type { CallMessage, TurnLatency } from '../../../domain/calls/call.ts';
import { compact } from '../fields.ts';

type Json = Record<string, unknown>;

/**
 * Where the time of each answer went, in the vendor's shape (each stage's own milliseconds), with our marks beside
 * it (milliseconds after the caller's speech ended).
 */
export function fromTurns(turns: readonly TurnLatency[], messages: readonly CallMessage[]): Json {
  const stages = turns.map(stagesOf);
  const average = (pick: (stage: Stages) => number | undefined) => mean(stages.map(pick));
  return compact({
    turnLatencies: turns.map((turn, index) => {
      const { toTransportLatency: _, ...shown } = stages[index] ?? stagesOf(turn);
      const { speechEndedAt, ...marks } = turn;
      return compact({ ...shown, ...marks, speechEndedAt: new Date(speechEndedAt).toISOString() });
    }),
    transcriberLatencyAverage: average((stage) => stage.transcriberLatency),
    endpointingLatencyAverage: average((stage) => stage.endpointingLatency),
    modelLatencyAverage: average((stage) => stage.modelLatency),
    voiceLatencyAverage: average((stage) => stage.voiceLatency),
    turnLatencyAverage: average((stage) => stage.turnLatency),
    toTransportLatencyAverage: average((stage) => stage.toTransportLatency),
    numAssistantInterrupted: messages.filter(({ interrupted }) => interrupted).length,
  });
}

interface Stages {
  transcriberLatency: number | undefined;
  endpointingLatency: number | undefined;
  modelLatency: number | undefined;
  voiceLatency: number | undefined;
  turnLatency: number | undefined;
  toTransportLatency: number | undefined;
}

function stagesOf(turn: TurnLatency): Stages {
  const { transcriptMs, commitMs, brainFirstTokenMs, voiceFirstAudioMs, rtpFirstPacketMs } = turn;
  return {
    transcriberLatency: transcriptMs,
    endpointingLatency: between(transcriptMs ?? 0, commitMs),
    modelLatency: between(commitMs, brainFirstTokenMs),
    voiceLatency: between(brainFirstTokenMs, voiceFirstAudioMs),
    turnLatency: rtpFirstPacketMs ?? voiceFirstAudioMs,
    toTransportLatency: between(voiceFirstAudioMs, rtpFirstPacketMs),
  };
}

/** Stages may overlap (a brain that starts before the turn is given to it): then the later one took no time. */
function between(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : Math.max(0, to - from);
}

function mean(values: readonly (number | undefined)[]): number | undefined {
  const met = values.filter((value) => value !== undefined);
  if (met.length === 0) return undefined;
  return met.reduce((sum, value) => sum + value, 0) / met.length;
}
