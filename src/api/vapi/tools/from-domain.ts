import type { AgentTool, ToolMessage } from '../../../domain/agents/agent.ts';
import type { Tool } from '../../../domain/tools/tool.ts';
import { fromToolDestination } from '../destinations/agent-from-domain.ts';
import { compact } from '../fields.ts';
import { fromServer } from '../servers/from-domain.ts';

type Json = Record<string, unknown>;

/** The vendor's shape of a tool that is given in place: unset keys are left out, secrets never appear. */
export function fromTool(tool: AgentTool): Json {
  const { type, server, settings, messages, async: runsAside, destinations } = tool;
  return {
    ...settings,
    type,
    ...compact({
      async: runsAside,
      messages: messages?.map(fromMessage),
      destinations: destinations?.map(fromToolDestination),
      function: functionOf(tool),
      server: server && fromServer(server),
    }),
  };
}

export function fromStoredTool({ id, orgId, tool, createdAt, updatedAt }: Tool): Json {
  return {
    id,
    orgId,
    ...fromTool(tool),
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}

/** How the model is told of it; undefined where the tool declares nothing. */
function functionOf({ settings, name, description, parameters }: AgentTool): Json | undefined {
  const kept = settings.function as Json | undefined;
  const declared = { ...kept, ...compact({ name, description, parameters }) };
  return kept !== undefined || Object.keys(declared).length > 0 ? declared : undefined;
}

function fromMessage({ contents, ...rest }: ToolMessage): Json {
  return {
    ...rest,
    ...(contents && { contents: contents.map((content) => ({ type: 'text', ...content })) }),
  };
}
