import type { Agent, AgentDestination, AgentOverrides, AgentTool } from '../domain/agents/agent.ts';
import type { Call, CallMessage, Transfer, TurnLatency } from '../domain/calls/call.ts';
import type { EndReason } from '../domain/calls/end-reason.ts';
import type { NewDelivery } from '../domain/deliveries/delivery.ts';
import type { TransferDestination } from '../domain/numbers/destination.ts';
import type { PhoneNumber } from '../domain/numbers/number.ts';
import type { Org } from '../domain/orgs/org.ts';
import type { Server } from '../domain/server.ts';
import type { Squad } from '../domain/squads/squad.ts';
import type { ServerToolCall, ServerToolResult } from '../voice/tools/contract.ts';

export type { ServerToolCall, ServerToolResult } from '../voice/tools/contract.ts';

/** What is known of a call when something is told or asked about it. `call` is as it stands after the notice. */
export interface CallScene {
  call: Call;
  number: PhoneNumber | undefined;
  org: Org | undefined;
  /** The agent that speaks now; unset before one was found. */
  agent: Agent | undefined;
  messages: readonly CallMessage[];
  turns: readonly TurnLatency[];
}

/** What happens in a call, as far as a customer's server may hear of it. */
export type CallNotice =
  /** `scene.call.status` is new. */
  | { type: 'status-changed'; destination?: TransferDestination }
  /** All that is known of the ended call. */
  | { type: 'call-reported' }
  /** `takesOver`: amid a call, from another agent. */
  | { type: 'agent-started'; takesOver?: boolean }
  | { type: 'agent-handed-off'; from: Agent; to: Agent }
  /** A message was added to the conversation: this one. */
  | { type: 'conversation-changed'; message?: CallMessage }
  | { type: 'transcribed'; role: 'user' | 'agent'; text: string; isFinal: boolean }
  | { type: 'speech-changed'; role: 'user' | 'agent'; status: 'started' | 'stopped'; turn: number }
  | { type: 'user-interrupted'; turnId: string }
  /** The model gave text or tool calls. */
  | { type: 'model-gave'; output: unknown; turnId: string }
  /** Of a call that we placed: who has answered it. */
  | { type: 'human-detected'; result: 'human' | 'machine' }
  /** A transfer has begun, or has ended in one way or another. */
  | { type: 'transfer-changed'; transfer: Transfer }
  /** The agent wants what the customer's server does itself. */
  | ({ type: 'control-delegated' } & CallControlRequest)
  /** The agent let the caller wait for its answer (the vendor's `hang`). */
  | { type: 'agent-delayed' };

/** What is done to a call at the agent's wish by the customer's server, where that has taken it over. */
export type CallControlRequest =
  | { request: 'hang-up' }
  | { request: 'forward'; destination: TransferDestination };

/** The customer's answer to an assistant-request. */
export type AssistantAnswer =
  | { kind: 'agent'; agentId: string; overrides?: AgentOverrides; response: unknown }
  | { kind: 'transient-agent'; agent: Agent; overrides?: AgentOverrides; response: unknown }
  | { kind: 'squad'; squadId: string; overrides?: AgentOverrides; response: unknown }
  | { kind: 'transient-squad'; squad: Squad; overrides?: AgentOverrides; response: unknown }
  | { kind: 'workflow'; response: unknown }
  | { kind: 'destination'; destination: TransferDestination; response: unknown }
  /** The customer's own sentence for the caller. */
  | { kind: 'error'; sentence: string; response: unknown }
  | { kind: 'failed'; failure: AssistantRequestFailure };

export interface AssistantRequestFailure {
  reason: Extract<EndReason, `assistant-request-${string}`>;
  /** The exact cause; never read to the caller. */
  detail: string;
  /** The answer as far as it was understood. */
  response?: unknown;
}

/** The customer's answer to a transfer- or handoff-destination-request. */
export type DestinationAnswer =
  | { destination: TransferDestination | AgentDestination; message?: string }
  | { error: string };

/**
 * How customers' servers are spoken to: made by a dialect, since all wording on the wire is the vendor's.
 * None of the requests rejects.
 */
export interface ServerMessages {
  /** The message as it goes out, for the server that it goes to; none where nobody wants it. */
  deliveriesOf(notice: CallNotice, scene: CallScene, at: number): NewDelivery[];
  /** Whether the customer's server hangs up and forwards itself where the agent wants it; it is told so by `control-delegated`. */
  controlsCall(scene: CallScene): boolean;
  /** The server that is asked who answers: the number's, else the org's. */
  assistantServer(scene: CallScene): (Server & { url: string }) | undefined;
  requestAssistant(scene: CallScene, signal: AbortSignal): Promise<AssistantAnswer>;
  /** Runs function tools on the server of the first call's tool, of the agent, the number or the org. */
  callTools(calls: ServerToolCall[], scene: CallScene, signal: AbortSignal): Promise<ServerToolResult[]>;
  requestTransferDestination(
    tool: AgentTool,
    scene: CallScene,
    signal: AbortSignal,
  ): Promise<DestinationAnswer>;
  requestHandoffDestination(
    tool: AgentTool,
    input: unknown,
    scene: CallScene,
    signal: AbortSignal,
  ): Promise<DestinationAnswer>;
}

/** One more way to tell customers' servers, beside the dialect that asks them. */
export interface FurtherMessages {
  deliveriesOf: ServerMessages['deliveriesOf'];
  /** Tools that are called in its own words; unset: it has none. */
  tools?: {
    includes(tool: AgentTool): boolean;
    /** Does not reject. */
    call(call: ServerToolCall, scene: CallScene, signal: AbortSignal): Promise<ServerToolResult>;
  };
}

/** Several ways to tell of a call as one: each renders each notice for whoever wants it, and each runs its own tools. */
export function composed(asking: ServerMessages, ...further: FurtherMessages[]): ServerMessages {
  const runnerOf = ({ tool }: ServerToolCall) =>
    further.find(({ tools }) => tools?.includes(tool))?.tools ?? 'asking';
  return {
    ...asking,
    deliveriesOf: (notice, scene, at) =>
      [asking, ...further].flatMap((messages) => messages.deliveriesOf(notice, scene, at)),
    async callTools(calls, scene, signal) {
      const groups = await Promise.all(
        [...Map.groupBy(calls, runnerOf)].map(([runner, some]) =>
          runner === 'asking'
            ? asking.callTools(some, scene, signal)
            : Promise.all(some.map((call) => runner.call(call, scene, signal))),
        ),
      );
      return groups.flat();
    },
  };
}

/** A reply of a customer's server. */
export interface ServerReply {
  status: number;
  body: string;
  /** The Retry-After header as it came. */
  retryAfter?: string;
}

/** One request that wants an answer, by POST unless told otherwise, with all that the server's settings ask for: credential, headers, encryption. */
export interface ServerClient {
  /**
   * @param body a JSON text; by GET its keys stand in the URL's query. @param options `timeoutMs` over all, `signal` to give up, `retry` whether backoffPlan counts.
   * @throws {Error} when no answer came: its message says why, for the customer's eyes.
   */
  post(
    server: Server & { url: string },
    body: string,
    options: {
      orgId: string;
      id: string;
      timeoutMs: number;
      signal?: AbortSignal;
      retry?: boolean;
      method?: 'GET';
    },
  ): Promise<ServerReply>;
}
