import type { AgentTool, DynamicDestination } from '../../../domain/agents/agent.ts';
import type { NewDelivery } from '../../../domain/deliveries/delivery.ts';
import type {
  AssistantAnswer,
  CallNotice,
  CallScene,
  DestinationAnswer,
  ServerClient,
  ServerMessages,
  ServerReply,
  ServerToolCall,
  ServerToolResult,
} from '../../../flow/server-messages.ts';
import type { Clock } from '../../../lib/clock.ts';
import { newId } from '../../../lib/ids.ts';
import type { Logger } from '../../../lib/logger.ts';
import '../nested-parts.ts';
import type { Origin } from '../nesting.ts';
import { assistantAnswer } from './assistant-answer.ts';
import { chosenServer, isSameServer, isWanted, type ReachableServer } from './chosen-server.ts';
import { handoffAnswer, transferAnswer } from './destination-answer.ts';
import { artifactOf, envelope, type Json } from './envelope.ts';
import { CALL_CONTROL, plannedMessages } from './notice-messages.ts';
import { fromToolCall, fromToolWithCall } from './tool-call-shapes.ts';
import { failedResults, toolResults } from './tool-results.ts';

/**
 * Milliseconds for the whole assistant-request, whatever the server's own timeout says: the vendor's fixed limit, which
 * leaves a carrier time to give up the call (docs.vapi.ai, server URL events).
 */
export const ASSISTANT_REQUEST_TIMEOUT_MS = 7_500;
/** Seconds that a server has for a tool where it says nothing: the vendor's default. */
const DEFAULT_TIMEOUT_SECONDS = 20;
const NO_SERVER =
  'There is no server to ask: neither the tool, the assistant, the number nor the org has one.';

export interface VapiServerMessagesOptions {
  post: ServerClient['post'];
  clock: Clock;
  /** Base of the URLs handed out, without a slash at its end; asked anew each time. */
  publicUrl(): string;
  logger: Logger;
}

/** Customers' servers, spoken to in the vendor's words. */
export function vapiServerMessages(options: VapiServerMessagesOptions): ServerMessages {
  const { post, clock, publicUrl, logger } = options;

  /** Renders a message that wants an answer, with the conversation so far. */
  const render = (type: string, body: Json, scene: CallScene, call?: Json): string => {
    const base = publicUrl();
    const artifact = artifactOf(scene, base);
    return envelope(type, { ...body, artifact }, { scene, publicUrl: base, at: clock.now() }, call);
  };

  const ask = (server: ReachableServer, body: string, { call }: CallScene, signal: AbortSignal) => {
    const { timeoutSeconds = DEFAULT_TIMEOUT_SECONDS } = server;
    const id = newId(clock.now());
    return post(server, body, {
      orgId: call.orgId,
      id,
      timeoutMs: timeoutSeconds * 1000,
      signal,
      retry: true,
    });
  };

  const originOf = ({ call }: CallScene): Origin => ({ orgId: call.orgId, now: clock.now() });

  async function askDestination(
    request: { type: string; body: Json; server: ReachableServer | undefined },
    read: (reply: ServerReply, origin: Origin) => DestinationAnswer,
    scene: CallScene,
    signal: AbortSignal,
  ): Promise<DestinationAnswer> {
    const { type, body, server } = request;
    if (!server) return { error: NO_SERVER };
    try {
      const reply = await ask(server, render(type, body, scene), scene, signal);
      return read(reply, originOf(scene));
    } catch (error) {
      logger.warn({ err: error, callId: scene.call.id, type }, 'a customer server was not reached');
      return { error: messageOf(error) };
    }
  }

  async function runTools(
    server: ReachableServer | undefined,
    calls: ServerToolCall[],
    scene: CallScene,
    signal: AbortSignal,
  ): Promise<ServerToolResult[]> {
    if (!server) return failedResults(calls, NO_SERVER);
    try {
      const toolCallList = calls.map(fromToolCall);
      const toolWithToolCallList = calls.map(fromToolWithCall);
      const body = { toolCallList, toolCalls: toolCallList, toolWithToolCallList };
      const reply = await ask(server, render('tool-calls', body, scene), scene, signal);
      return toolResults(reply, calls);
    } catch (error) {
      logger.warn({ err: error, callId: scene.call.id }, 'a tool server was not reached');
      return failedResults(calls, messageOf(error));
    }
  }

  return {
    deliveriesOf(notice: CallNotice, scene: CallScene, at: number): NewDelivery[] {
      const server = chosenServer(scene);
      // Most calls have no server: nothing is rendered before it is known that somebody wants it.
      if (!server) return [];
      const base = publicUrl();
      const { type, askedAs, bodies } = plannedMessages(notice, scene, base);
      if (!askedAs.some((name) => isWanted(scene.agent, name))) return [];
      const { id: callId, orgId } = scene.call;
      return bodies().map((body) => ({
        id: newId(at),
        orgId,
        streamId: callId,
        callId,
        type,
        server,
        body: envelope(type, body, { scene, publicUrl: base, at }),
        createdAt: at,
      }));
    },

    controlsCall: (scene: CallScene) =>
      isWanted(scene.agent, CALL_CONTROL) && chosenServer(scene) !== undefined,

    assistantServer: ({ number, org }: CallScene) => chosenServer({ agent: undefined, number, org }),

    async requestAssistant(scene: CallScene, signal: AbortSignal): Promise<AssistantAnswer> {
      const { number, org, call } = scene;
      const server = chosenServer({ agent: undefined, number, org });
      if (!server) return requestFailed(NO_SERVER);
      const nobody = { assistantId: null, squadId: null };
      try {
        const body = render('assistant-request', {}, scene, nobody);
        const id = newId(clock.now());
        const timeoutMs = ASSISTANT_REQUEST_TIMEOUT_MS;
        const reply = await post(server, body, { orgId: call.orgId, id, timeoutMs, signal });
        return assistantAnswer(reply, originOf(scene));
      } catch (error) {
        logger.warn({ err: error, callId: call.id }, 'an assistant-request got no answer');
        return requestFailed(messageOf(error));
      }
    },

    async callTools(
      calls: ServerToolCall[],
      scene: CallScene,
      signal: AbortSignal,
    ): Promise<ServerToolResult[]> {
      const groups = await Promise.all(
        byServer(calls, scene).map(({ server, calls: some }) => runTools(server, some, scene, signal)),
      );
      const results = new Map(groups.flat().map((result) => [result.id, result]));
      return calls.flatMap(({ id }) => results.get(id) ?? []);
    },

    requestTransferDestination(tool, scene, signal) {
      const server = chosenServer(scene, tool.server);
      const request = { type: 'transfer-destination-request', body: {}, server };
      return askDestination(request, transferAnswer, scene, signal);
    },

    requestHandoffDestination(tool, input, scene, signal) {
      const server = chosenServer(scene, dynamicServer(tool) ?? tool.server);
      const request = { type: 'handoff-destination-request', body: { parameters: input ?? {} }, server };
      return askDestination(request, handoffAnswer, scene, signal);
    },
  };
}

function requestFailed(detail: string): AssistantAnswer {
  return { kind: 'failed', failure: { reason: 'assistant-request-failed', detail } };
}

interface ServerGroup {
  server: ReachableServer | undefined;
  calls: ServerToolCall[];
}

/** Calls of tools with one and the same server go to it in one message. */
function byServer(calls: readonly ServerToolCall[], scene: CallScene): ServerGroup[] {
  const groups: ServerGroup[] = [];
  for (const call of calls) {
    const server = chosenServer(scene, call.tool.server);
    const group = groups.find(
      (known) => known.server === server || (known.server && server && isSameServer(known.server, server)),
    );
    if (group) group.calls.push(call);
    else groups.push({ server, calls: [call] });
  }
  return groups;
}

/** The server that a dynamic destination names for itself, nearer than the tool's own. */
function dynamicServer({ destinations = [] }: AgentTool) {
  const dynamic = destinations.find(({ type }) => type === 'dynamic') as DynamicDestination | undefined;
  return dynamic?.server?.url === undefined ? undefined : dynamic.server;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'The request failed.';
}
