import type { AgentTool } from '../../domain/agents/agent.ts';
import type { LineTool, ToolResult } from './contract.ts';

const DESCRIPTION =
  'Presses keys of the telephone, for example to get through a menu: 0-9, *, #, A-D. w waits half a second, W one second.';
const KEYS = /^[0-9*#A-DwW]+$/;
/** Keys of one press of the tool: a card number with extension and pauses fits; a model that loops does not. */
const MOST_KEYS = 64;

const PARAMETERS = {
  type: 'object',
  properties: { dtmf: { type: 'string', description: 'The keys to press, in order, such as 1w204#.' } },
  required: ['dtmf'],
};

/** `dtmf`: sends keys to the other end. The argument is `dtmf`; `digits` and `keys` are understood too, models vary. */
export function dtmfTool(tool: AgentTool): LineTool {
  return {
    kind: 'line',
    tool,
    definition: {
      ...tool,
      name: tool.name ?? 'dtmf',
      description: tool.description ?? DESCRIPTION,
      parameters: tool.parameters ?? PARAMETERS,
    },
    run(input, line) {
      const keys = keysOf(input);
      if (keys === undefined) return refused('give the keys as the string "dtmf".');
      if (keys.length > MOST_KEYS) return refused(`at most ${MOST_KEYS} keys at a time.`);
      if (!KEYS.test(keys)) return refused('only 0-9, *, #, A-D, w and W are keys.');
      line.sendDtmf(keys);
      return { content: 'The keys were pressed.' };
    },
  };
}

function refused(why: string): ToolResult {
  return { content: `Error: ${why}`, failed: true };
}

function keysOf(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const { dtmf, digits, keys } = input as Record<string, unknown>;
  const given = dtmf ?? digits ?? keys;
  if (typeof given === 'number') return String(given);
  if (typeof given !== 'string') return undefined;
  return given.replace(/[a-d]/g, (key) => key.toUpperCase()).replace(/[\s,-]/g, '');
}
