import type { AgentDestination, AgentTransferMode, ContextPlan } from '../../domain/agents/agent.ts';
import { addressOf, type CustomMessage, type TransferDestination } from '../../domain/numbers/destination.ts';
import type { CallActions, MoveManner, MoveResult, ServerToolCall } from '../../voice/tools/contract.ts';
import { destinationName, namedDestination } from '../../voice/tools/destination-names.ts';
import { isExchangeTool } from '../../voice/tools/exchange-tools.ts';
import { type Cast, type CastDirectory, CastError, castDestination } from '../routing/cast.ts';
import type { CallControlRequest, DestinationAnswer, ServerMessages } from '../server-messages.ts';
import type { CallRecorder } from './call-recorder.ts';
import type { CallStory } from './call-story.ts';
import { type ExchangeToolParts, runExchangeTool } from './exchange-tool.ts';

export interface CallActionsOptions extends Pick<ExchangeToolParts, 'knowledge' | 'logger'> {
  story: CallStory;
  recorder: CallRecorder;
  serverMessages: ServerMessages;
  directory: CastDirectory;
  /** The agent that speaks. */
  current(): Cast | undefined;
  /** Dials and joins; resolves when the far end has answered or was not reached. */
  transfer(destination: TransferDestination, manner: MoveManner | undefined): Promise<MoveResult>;
  /** Words in the language of the call. */
  localised(message: CustomMessage): Promise<string>;
  /** Music for the caller. */
  holdCaller(held: boolean): Promise<void>;
  /** Whether he waits while the agent talks to somebody who was called in. */
  callerWaits(): boolean;
  /** Begins the change of agents. */
  handOver(to: Cast, mode: AgentTransferMode | ContextPlan, toolCallId?: string): void;
}

/** What an agent's tools may do to the call. Nothing here rejects: what goes wrong is told to the model. */
export function callActions(options: CallActionsOptions): CallActions {
  const { story, recorder, serverMessages } = options;
  const scene = () => story.scene(recorder.call);
  const delegate = (request: CallControlRequest): boolean => {
    if (!serverMessages.controlsCall(scene())) return false;
    const to = request.request === 'forward' && { to: addressOf(request.destination) };
    const line = { request: request.request, ...to };
    recorder.record('control.delegated', line, undefined, { type: 'control-delegated', ...request });
    return true;
  };
  const asked = async <T>(
    question: string,
    ask: () => Promise<T>,
    verdict: (answer: T) => object,
  ): Promise<T> => {
    const answer = await ask();
    recorder.record('server.asked', { question, ...verdict(answer) });
    return answer;
  };
  const callTools = (calls: ServerToolCall[], signal: AbortSignal) =>
    asked(
      'tool-calls',
      () => serverMessages.callTools(calls, scene(), signal),
      (results) => ({
        tools: calls.map(({ name }) => name),
        errors: results.flatMap(({ error }) => (error === undefined ? [] : [error])),
      }),
    );
  return {
    async callServer(calls, signal) {
      const [own, served] = parted(calls);
      const results = await Promise.all([
        ...own.map((call) => runExchangeTool(call, { ...options, agent: story.agent })),
        ...(served.length > 0 ? [callTools(served, signal)] : []),
      ]);
      return results.flat();
    },
    async chooseDestination(tool, input, signal) {
      const { destinations = [] } = tool;
      const named = namedDestination(tool, input);
      if (named && named.type !== 'dynamic') return worded({ destination: named }, options);
      const mayAsk = destinations.length === 0 || destinations.some(({ type }) => type === 'dynamic');
      if (!mayAsk) {
        const names = destinations.map(destinationName).join(', ');
        return { error: `There is no such destination. The destinations are: ${names}.` };
      }
      if (tool.type === 'handoff')
        return asked(
          'handoff-destination-request',
          () => serverMessages.requestHandoffDestination(tool, input, scene(), signal),
          errorOf,
        );
      const answer = await asked(
        'transfer-destination-request',
        () => serverMessages.requestTransferDestination(tool, scene(), signal),
        errorOf,
      );
      return 'error' in answer ? answer : worded(answer, options);
    },
    holdCaller: (held) => options.holdCaller(held),
    callerWaits: () => options.callerWaits(),
    async moveTo(destination, toolCallId, manner) {
      if (destination.type === 'agent') return handOff(destination, toolCallId, options);
      // Who is called into the call is no forwarding of it.
      const leaves = !manner?.agentStays;
      if (leaves && delegate({ request: 'forward', destination })) return { moved: false, delegated: true };
      return options.transfer(destination, manner);
    },
    delegateHangUp: () => delegate({ request: 'hang-up' }),
  };
}

type Chosen = Exclude<DestinationAnswer, { error: string }>;

/** A message that stands in several languages becomes the words that are said. */
async function worded(chosen: Chosen, { localised }: CallActionsOptions): Promise<Chosen> {
  const { message } = chosen.destination;
  if (chosen.message !== undefined || message === undefined || typeof message === 'string') return chosen;
  return { ...chosen, message: await localised(message) };
}

/** The exchange's own tools, and those of customers' servers. */
function parted(calls: readonly ServerToolCall[]): [own: ServerToolCall[], served: ServerToolCall[]] {
  const { own = [], served = [] } = Object.groupBy(calls, ({ tool }) =>
    isExchangeTool(tool) ? 'own' : 'served',
  );
  return [own, served];
}

function errorOf(answer: object): { error?: string } {
  return 'error' in answer ? { error: String(answer.error) } : {};
}

/** Only begins the change: the agent that leaves waits for this very result before it can go. */
async function handOff(
  destination: AgentDestination,
  toolCallId: string | undefined,
  { directory, current, handOver }: CallActionsOptions,
): Promise<MoveResult> {
  const cast = current();
  if (!cast) return { moved: false, error: 'No agent is speaking.' };
  try {
    const to = await castDestination(directory, cast, destination);
    handOver(to, destination.contextPlan ?? destination.transferMode ?? 'rolling-history', toolCallId);
    return { moved: true };
  } catch (error) {
    if (!(error instanceof CastError)) throw error;
    return { moved: false, error: error.message };
  }
}
