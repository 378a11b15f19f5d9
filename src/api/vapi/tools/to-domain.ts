import type {
  AgentTool,
  DynamicDestination,
  ToolDestination,
  ToolMessage,
} from '../../../domain/agents/agent.ts';
import type { Tool } from '../../../domain/tools/tool.ts';
import type { HandoffDestinationBody } from '../destinations/agent-schema.ts';
import { toHandoffDestination } from '../destinations/agent-to-domain.ts';
import type { DestinationBody } from '../destinations/schema.ts';
import { toDestination } from '../destinations/to-domain.ts';
import { assign, compact } from '../fields.ts';
import type { Origin } from '../nesting.ts';
import { toServer } from '../servers/to-domain.ts';
import type { ToolMessageBody } from './message-schema.ts';
import type { ToolBody, ToolChanges, ToolFunctionBody } from './schema.ts';

/** @param current the tool that this one replaces; see `toServer` for what its servers keep. */
export function toTool(body: ToolBody, origin: Origin, current?: AgentTool): AgentTool {
  return changed({ type: body.type, settings: {} }, body as ToolChanges, origin, current);
}

export function toStoredTool(body: ToolBody, identity: { id: string } & Origin): Tool {
  const { id, orgId, now } = identity;
  return { id, orgId, tool: { ...toTool(body, identity), id }, createdAt: now, updatedAt: now };
}

/** The tool after a change: keys that are given replace, null unsets, all others stay. */
export function withChanges(stored: Tool, body: ToolChanges, now: number): Tool {
  const { orgId, tool } = stored;
  return { ...stored, tool: changed(tool, body, { orgId, now }, tool), updatedAt: now };
}

function changed(tool: AgentTool, body: ToolChanges, origin: Origin, current?: AgentTool): AgentTool {
  const draft: AgentTool = { ...tool, settings: { ...tool.settings } };
  const { type: _, messages, async: runsAside, server, destinations, function: declared, ...rest } = body;
  if (messages !== undefined) assign(draft, 'messages', messages?.map(toMessage));
  if (runsAside !== undefined) assign(draft, 'async', runsAside);
  if (server !== undefined) assign(draft, 'server', server && toServer(server, current?.server));
  if (destinations !== undefined) {
    const reached = destinations?.map((destination) => toToolDestination(destination, origin, current));
    assign(draft, 'destinations', reached);
  }
  if (declared !== undefined) declare(draft, declared);
  for (const [key, value] of Object.entries(rest)) assign(draft.settings, key, value);
  return draft;
}

function declare(draft: AgentTool, declared: ToolFunctionBody | null): void {
  const { name, description, parameters, ...rest } = declared ?? {};
  assign(draft, 'name', name);
  assign(draft, 'description', description);
  assign(draft, 'parameters', parameters);
  const isEmpty = Object.keys(compact({ name, description, parameters })).length === 0;
  const kept: Record<string, unknown> = compact(rest);
  assign(
    draft.settings,
    'function',
    declared && (isEmpty || Object.keys(kept).length > 0) ? kept : undefined,
  );
}

function toMessage(body: ToolMessageBody): ToolMessage {
  const { contents, ...rest } = compact(body);
  return {
    ...rest,
    ...(contents && { contents: contents.map(({ language, text }) => ({ language, text })) }),
  };
}

function toToolDestination(
  body: HandoffDestinationBody | DestinationBody,
  origin: Origin,
  current?: AgentTool,
): ToolDestination {
  if (body.type === 'number' || body.type === 'sip') return toDestination(body, origin);
  const twin = current?.destinations?.find(({ type }): boolean => type === 'dynamic');
  return toHandoffDestination(body, origin, twin as DynamicDestination | undefined);
}
