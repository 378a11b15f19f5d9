import type { RoutingFailure } from '../../domain/calls/call.ts';
import type { EndReason } from '../../domain/calls/end-reason.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { AssistantAnswer } from '../server-messages.ts';
import { afterFailure, afterTransfer, type Dead } from './after-failure.ts';
import { type CastDirectory, CastError, castAgent, castSquad, castTransient } from './cast.ts';
import type { Route, StageReport } from './route.ts';

const STAGE = 'assistant-request';

/** What the customer's answer to an assistant-request makes of the call. */
export async function requestedRoute(
  number: PhoneNumber,
  answer: AssistantAnswer,
  directory: CastDirectory,
  considered: (report: StageReport) => void,
): Promise<Route> {
  const dead = (reason: EndReason, why: string, more: Partial<Dead> = {}): Route => {
    considered({ stage: STAGE, outcome: 'failed', why });
    const response = answer.kind === 'failed' ? answer.failure.response : answer.response;
    return afterFailure(number, { reason, why, failure: artifactsOf(why, response), ...more }, considered);
  };
  const taken = (why: string) => considered({ stage: STAGE, outcome: 'taken', why });
  try {
    switch (answer.kind) {
      case 'failed':
        return dead(answer.failure.reason, answer.failure.detail);
      case 'error': {
        const why = 'the server refused the call with a sentence for the caller';
        return dead('assistant-request-returned-error', why, { sentence: answer.sentence });
      }
      case 'workflow':
        return dead(
          'call.start.error-get-resources-validation',
          'it names a workflow; workflows are retired',
        );
      case 'destination': {
        const why = 'the server named a destination';
        taken(why);
        const reason = 'assistant-request-returned-forwarding-phone-number';
        return {
          kind: 'transfer',
          destination: answer.destination,
          by: 'assistant-request',
          reason,
          why,
          otherwise: (outcome, detail) => unreached(number, { outcome, detail, reason }, considered),
        };
      }
      case 'agent': {
        const cast = await castAgent(directory, number.orgId, answer.agentId, answer.overrides);
        const why = `the server chose agent ${answer.agentId}`;
        taken(why);
        return { kind: 'agent', cast, why };
      }
      case 'transient-agent': {
        const cast = await castTransient(directory, answer.agent, answer.overrides);
        const why = 'the server sent an agent';
        taken(why);
        return { kind: 'agent', cast, why };
      }
      case 'squad':
      case 'transient-squad': {
        const squad = answer.kind === 'squad' ? answer.squadId : answer.squad;
        const cast = await castSquad(directory, number.orgId, squad, answer.overrides);
        const why =
          answer.kind === 'squad' ? `the server chose squad ${answer.squadId}` : 'the server sent a squad';
        taken(why);
        return { kind: 'agent', cast, why };
      }
    }
  } catch (error) {
    if (!(error instanceof CastError)) throw error;
    return dead('assistant-request-returned-invalid-assistant', error.message);
  }
}

/** A destination that the customer named was not reached: hooks of this reason and the fallback still catch the caller. */
function unreached(
  number: PhoneNumber,
  {
    outcome,
    detail,
    reason,
  }: { outcome: Parameters<typeof afterTransfer>[1]; detail: string; reason: EndReason },
  considered: (report: StageReport) => void,
): Route {
  const dead = afterTransfer({ why: '' }, outcome, detail);
  considered({ stage: STAGE, outcome: 'failed', why: dead.why });
  const route = afterFailure(number, { ...dead, reason }, considered);
  return route.kind === 'apologise' ? { ...route, reason: dead.reason } : route;
}

function artifactsOf(requestError: string, response: unknown): RoutingFailure {
  return {
    error: 'the assistant-request did not give an assistant',
    requestError,
    ...(response !== undefined && { response }),
  };
}
