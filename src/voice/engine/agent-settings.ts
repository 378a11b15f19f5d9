import type { Agent } from '../../domain/agents/agent.ts';
import { AGENT_DEFAULTS } from '../../domain/agents/agent-defaults.ts';
import type { TranscriberOptions } from '../stt/contract.ts';
import type { SynthesisOptions } from '../tts/contract.ts';
import { type AgentScript, isAudioUrl } from './agent-script.ts';

export function languageOf(agent: Agent): string {
  return agent.transcriber?.language ?? AGENT_DEFAULTS.language;
}

/** The agent's voice as a synthesizer wants it told. */
export function synthesisOptionsOf(agent: Agent): Omit<SynthesisOptions, 'signal'> {
  const { voice } = agent;
  return {
    language: languageOf(agent),
    speed: voice?.speed ?? 1,
    settings: voice?.settings ?? {},
    ...(voice?.voiceId === undefined ? {} : { voiceId: voice.voiceId }),
    ...(voice?.model === undefined ? {} : { model: voice.model }),
  };
}

/** @param grammar of the phrases that the brain expects, where it knows them. */
export function transcriberOptionsOf(
  agent: Agent,
  grammar: string | undefined,
): Omit<TranscriberOptions, 'signal'> {
  const { transcriber } = agent;
  return {
    language: languageOf(agent),
    settings: transcriber?.settings ?? {},
    ...(transcriber?.model === undefined ? {} : { model: transcriber.model }),
    ...(grammar === undefined ? {} : { grammar }),
  };
}

/** Settings of the agent that the engine cannot honour yet, each with what stands in. @param unavailableTools types of tools. */
export function unavailableSettings(
  agent: Agent,
  script: AgentScript,
  unavailableTools: readonly string[],
): { code: string; message: string }[] {
  const found: { code: string; message: string }[] = [];
  const smart = agent.startSpeakingPlan?.smart?.provider;
  if (smart !== undefined && smart !== 'vapi' && smart !== 'off') {
    const message = `${String(smart)}: the transcription endpointing plan stands in`;
    found.push({ code: 'smart-endpointing-unavailable', message });
  }
  if (isAudioUrl(script.firstMessage)) {
    const message = 'a recording cannot be played; the brain greets';
    found.push({ code: 'first-message-audio-unavailable', message });
  }
  for (const type of unavailableTools) {
    found.push({ code: 'tool-unavailable', message: `${type} cannot be run; the model is not told of it` });
  }
  if (agent.brain?.tools.some((tool) => tool.type === 'dtmf' && tool.settings.sipInfoDtmfEnabled === true)) {
    found.push({ code: 'dtmf-sip-info-unavailable', message: 'keys are sent as RTP events' });
  }
  return found;
}
