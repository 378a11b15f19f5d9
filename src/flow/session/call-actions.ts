import type { AgentDestination, AgentTransferMode, ContextPlan } from '../../domain/agents/agent.ts';
import type { TransferDestination } from '../../domain/numbers/destination.ts';
import type { CallActions, MoveResult } from '../../voice/tools/contract.ts';
import { destinationName, namedDestination } from '../../voice/tools/destination-names.ts';
import { type Cast, type CastDirectory, CastError, castDestination } from '../routing/cast.ts';
import type { ServerMessages } from '../server-messages.ts';
import type { CallRecorder } from './call-recorder.ts';
import type { CallStory } from './call-story.ts';

export interface CallActionsOptions {
  story: CallStory;
  recorder: CallRecorder;
  serverMessages: ServerMessages;
  directory: CastDirectory;
  /** The agent that speaks. */
  current(): Cast | undefined;
  /** Dials and bridges; resolves when the far end has answered or was not reached. */
  transfer(destination: TransferDestination): Promise<MoveResult>;
  /** Begins the change of agents. */
  handOver(to: Cast, mode: AgentTransferMode | ContextPlan, toolCallId?: string): void;
}

/** What an agent's tools may do to the call. Nothing here rejects: what goes wrong is told to the model. */
export function callActions(options: CallActionsOptions): CallActions {
  const { story, recorder, serverMessages } = options;
  const scene = () => story.scene(recorder.call);
  const asked = async <T>(
    question: string,
    ask: () => Promise<T>,
    verdict: (answer: T) => object,
  ): Promise<T> => {
    const answer = await ask();
    recorder.record('server.asked', { question, ...verdict(answer) });
    return answer;
  };
  return {
    callServer: (calls, signal) =>
      asked(
        'tool-calls',
        () => serverMessages.callTools(calls, scene(), signal),
        (results) => ({
          tools: calls.map(({ name }) => name),
          errors: results.flatMap(({ error }) => (error === undefined ? [] : [error])),
        }),
      ),
    async chooseDestination(tool, input, signal) {
      const { destinations = [] } = tool;
      const named = namedDestination(tool, input);
      if (named && named.type !== 'dynamic') return { destination: named };
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
      return asked(
        'transfer-destination-request',
        () => serverMessages.requestTransferDestination(tool, scene(), signal),
        errorOf,
      );
    },
    moveTo: (destination, toolCallId) =>
      destination.type === 'agent'
        ? handOff(destination, toolCallId, options)
        : options.transfer(destination),
  };
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
