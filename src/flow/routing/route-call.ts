import { AGENT_ID_HEADER, requestedAgentId } from '../../domain/numbers/agent-header.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { CallScene, ServerMessages } from '../server-messages.ts';
import { afterFailure, afterTransfer, type Dead } from './after-failure.ts';
import { type Cast, type CastDirectory, CastError, castAgent, castSquad } from './cast.ts';
import { ringingVerdict } from './number-hooks.ts';
import { requestedRoute } from './requested-route.ts';
import type { Route, StageReport } from './route.ts';

export interface RoutingParts {
  directory: CastDirectory;
  serverMessages: Pick<ServerMessages, 'assistantServer' | 'requestAssistant'>;
  /** Told of each stage, in order. */
  considered(report: StageReport): void;
  /** Aborts when the caller has left. */
  signal: AbortSignal;
}

/**
 * Finds who answers a call to a number that takes calls. In this order: `call.ringing` hooks, the agent that a trusted
 * caller names, the number's binding, the customer's server; and for whatever failed, `call.ending` hooks, the fallback destination, a sentence.
 * @throws what the store throws.
 */
export async function routeCall(number: PhoneNumber, scene: CallScene, parts: RoutingParts): Promise<Route> {
  return (
    hookRoute(number, scene, parts) ??
    (await namedRoute(number, scene, parts)) ??
    (await bindingRoute(number, parts)) ??
    (await serverRoute(number, scene, parts)) ??
    lost(number, parts, {
      reason: 'call-start-error-neither-assistant-nor-server-set',
      why: 'the number has neither an agent nor a server',
    })
  );
}

function hookRoute(number: PhoneNumber, { call }: CallScene, parts: RoutingParts): Route | undefined {
  const { considered } = parts;
  const { action, skipped } = ringingVerdict(number, call.customer);
  for (const why of skipped) considered({ stage: 'call.ringing hook', outcome: 'skipped', why });
  if (!action) return undefined;
  const why = 'a call.ringing hook matches the caller';
  considered({ stage: 'call.ringing hook', outcome: 'taken', why });
  if (action.type === 'say')
    return { kind: 'say', sentence: action.exact, reason: 'call.ringing.hook-executed-say', why };
  return {
    kind: 'transfer',
    destination: action.destination,
    ...(action.next && { next: action.next }),
    by: 'hook',
    reason: 'call.ringing.hook-executed-transfer',
    why,
    otherwise: (outcome, detail) => lost(number, parts, afterTransfer({ why }, outcome, detail)),
  };
}

/** A header that names no agent of the org chooses nobody: the call goes the way that it would go without it. */
async function namedRoute(
  number: PhoneNumber,
  { call }: CallScene,
  { directory, considered }: RoutingParts,
): Promise<Route | undefined> {
  const agentId = requestedAgentId(number, call.headers);
  if (agentId === undefined) return undefined;
  const stage = `${AGENT_ID_HEADER} header` as const;
  try {
    const cast = await castAgent(directory, number.orgId, agentId);
    const silent = whySilent(cast);
    if (silent !== undefined) throw new CastError(silent);
    const why = `the caller's ${AGENT_ID_HEADER} header names agent ${agentId}`;
    considered({ stage, outcome: 'taken', why });
    return { kind: 'agent', cast, why };
  } catch (error) {
    if (!(error instanceof CastError)) throw error;
    considered({ stage, outcome: 'skipped', why: error.message });
    return undefined;
  }
}

/** Why an agent that is made to place calls takes none (open.cx); undefined where it answers. */
function whySilent({ agent }: Cast): string | undefined {
  return agent.kind === 'outbound' ? `agent ${agent.id} is of type outbound: it takes no calls` : undefined;
}

/** Set apart, the first of agent, squad, workflow counts. */
async function bindingRoute(number: PhoneNumber, parts: RoutingParts): Promise<Route | undefined> {
  const { directory, considered } = parts;
  const { agentId, squadId, workflowId } = number.binding;
  const taken = (why: string) => {
    considered({ stage: 'binding', outcome: 'taken', why });
    return why;
  };
  const failed = (dead: Dead) => {
    considered({ stage: 'binding', outcome: 'failed', why: dead.why });
    return lost(number, parts, dead);
  };
  try {
    if (agentId) {
      const cast = await castAgent(directory, number.orgId, agentId);
      const why = whySilent(cast);
      if (why !== undefined) return failed({ reason: 'assistant-not-valid', why });
      return { kind: 'agent', cast, why: taken(`the number is bound to agent ${agentId}`) };
    }
    if (squadId) {
      const cast = await castSquad(directory, number.orgId, squadId);
      return { kind: 'agent', cast, why: taken(`the number is bound to squad ${squadId}`) };
    }
  } catch (error) {
    if (!(error instanceof CastError)) throw error;
    const reason = agentId ? 'assistant-not-found' : 'call.start.error-get-resources-validation';
    return failed({ reason, why: `the number is bound to what cannot answer: ${error.message}` });
  }
  if (!workflowId) return undefined;
  const why = `the number is bound to workflow ${workflowId}; workflows are retired`;
  return failed({ reason: 'call.start.error-get-resources-validation', why });
}

async function serverRoute(
  number: PhoneNumber,
  scene: CallScene,
  { directory, serverMessages, considered, signal }: RoutingParts,
): Promise<Route | undefined> {
  if (!serverMessages.assistantServer(scene)) return undefined;
  const answer = await serverMessages.requestAssistant(scene, signal);
  return requestedRoute(number, answer, directory, considered);
}

function lost(number: PhoneNumber, { considered }: RoutingParts, dead: Dead): Route {
  const { failure = { error: dead.why } } = dead;
  return afterFailure(number, { ...dead, failure }, considered);
}
