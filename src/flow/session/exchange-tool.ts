import type { Agent } from '../../domain/agents/agent.ts';
import type { Call } from '../../domain/calls/call.ts';
import type { KnowledgeRepository } from '../../domain/knowledge/knowledge-repository.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ServerToolCall, ServerToolResult } from '../../voice/tools/contract.ts';
import { type ExchangeToolType, isExchangeTool } from '../../voice/tools/exchange-tools.ts';
import { fieldsOf } from '../routing/agent-means.ts';
import type { CallRecorder } from './call-recorder.ts';

/** Passages of one search: enough for an answer, and a model reads them while the caller waits. */
const MOST_PASSAGES = 4;
/** Characters of a question; what follows tells a search nothing. */
const MAX_QUESTION_CHARS = 500;
/** Characters of one collected field. */
const MAX_FIELD_CHARS = 2_000;

export interface ExchangeToolParts {
  recorder: CallRecorder;
  knowledge: Pick<KnowledgeRepository, 'search'>;
  /** Who speaks now. */
  agent: Agent | undefined;
  logger: Logger;
}

type Answer = Omit<ServerToolResult, 'id'>;

const RUNNERS: Record<
  ExchangeToolType,
  (input: Input, parts: ExchangeToolParts) => Promise<Answer> | Answer
> = {
  searchKnowledge,
  saveFields,
  markDoNotCall,
};

type Input = Record<string, unknown>;

/** Runs a tool that the exchange itself offers. Never rejects. */
export async function runExchangeTool(
  { id, tool, arguments: input }: ServerToolCall,
  parts: ExchangeToolParts,
): Promise<ServerToolResult> {
  if (!isExchangeTool(tool)) return { id, error: `${tool.type} is no tool of the exchange.` };
  const given = typeof input === 'object' && input !== null ? (input as Input) : {};
  return { id, ...(await RUNNERS[tool.type](given, parts)) };
}

async function searchKnowledge(
  input: Input,
  { recorder, knowledge, logger }: ExchangeToolParts,
): Promise<Answer> {
  const question = typeof input.question === 'string' ? input.question.trim() : '';
  if (question === '') return { error: 'give the question as text.' };
  const { id: callId, orgId } = recorder.call;
  try {
    const passages = await knowledge.search(orgId, question.slice(0, MAX_QUESTION_CHARS), MOST_PASSAGES);
    recorder.record('server.asked', { question: 'knowledge', passages: passages.length });
    if (passages.length === 0) return { result: 'Nothing was found.' };
    return { result: passages.map(({ title, text }) => `${title}\n${text}`).join('\n\n') };
  } catch (error) {
    logger.error({ callId, err: error }, 'the documents could not be searched');
    recorder.record('agent.warned', {
      code: 'knowledge-failed',
      message: 'the documents could not be searched',
    });
    return { error: 'the documents cannot be searched now.' };
  }
}

function saveFields(input: Input, { recorder, agent }: ExchangeToolParts): Answer {
  const known = new Set(agent ? fieldsOf(agent).map(({ name }) => name) : []);
  const given = Object.entries(input).filter(([name, value]) => known.has(name) && isText(value));
  if (given.length === 0) return { error: `the fields are: ${[...known].join(', ')}.` };
  const collected = Object.fromEntries(
    given.map(([name, value]) => [name, String(value).trim().slice(0, MAX_FIELD_CHARS)]),
  );
  const change = (call: Call) => ({ ...call, collected: { ...call.collected, ...collected } });
  recorder.record('fields.collected', { fields: Object.keys(collected) }, change);
  return { result: 'Saved.' };
}

function isText(value: unknown): boolean {
  return (
    (typeof value === 'string' && value.trim() !== '') ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  );
}

function markDoNotCall(_input: Input, { recorder }: ExchangeToolParts): Answer {
  recorder.record('do-not-call.asked', {}, (call) => ({ ...call, doNotCall: true }));
  return { result: 'Noted: the caller will not be called again.' };
}
