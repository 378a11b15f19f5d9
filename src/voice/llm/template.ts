import { filters, Liquid } from 'liquidjs';

/** Characters of one template. Far above any prompt; a larger one is refused before it is parsed. */
const MAX_TEMPLATE_CHARS = 1_000_000;
/** Rendering holds the event loop, so a template that loops is stopped after this time. */
const MAX_RENDER_MS = 100;
/** LiquidJS's own count of characters and items that a template may make. */
const MAX_RENDER_MEMORY = 10_000_000;

const ENDS_WITH_ZONE = /(?:Z|UTC|GMT|:\d\d\s?[+-]\d\d:?\d\d)$/;

/** A date that names no zone means UTC, whatever the zone of the machine: the built-in variables are UTC too. */
function inUtc(value: unknown): unknown {
  if (typeof value !== 'string' || value === 'now' || value === 'today') return value;
  if (ENDS_WITH_ZONE.test(value)) return value;
  for (const candidate of [`${value} UTC`, `${value}Z`]) {
    if (!Number.isNaN(Date.parse(candidate))) return candidate;
  }
  return value;
}

const engine = new Liquid({
  // No partials: a template of a customer never reads a file.
  templates: {},
  ownPropertyOnly: true,
  strictVariables: false,
  strictFilters: false,
  timezoneOffset: 'UTC',
  locale: 'en-US',
  parseLimit: MAX_TEMPLATE_CHARS,
  renderLimit: MAX_RENDER_MS,
  memoryLimit: MAX_RENDER_MEMORY,
});

const builtInDate = filters.date as (this: unknown, ...args: unknown[]) => unknown;
engine.registerFilter('date', function (this: unknown, value: unknown, ...rest: unknown[]) {
  return builtInDate.call(this, inUtc(value), ...rest);
});

/**
 * Fills `{{ }}` and `{% %}` of a prompt or message (Liquid). Unknown variables and filters leave nothing. A value is
 * never rendered again, so what a caller or a header supplies cannot hold a template. A template that is broken or too
 * costly never loses the sentence: the text is returned as it was written, and `onProblem` is told why.
 */
export async function renderTemplate(
  text: string,
  variables: Record<string, unknown>,
  onProblem?: (problem: string) => void,
): Promise<string> {
  if (!text.includes('{{') && !text.includes('{%')) return text;
  try {
    return String(await engine.parseAndRender(text, variables));
  } catch (error) {
    onProblem?.(error instanceof Error ? error.message : String(error));
    return text;
  }
}

function format(now: Date, options: Intl.DateTimeFormatOptions): string {
  // Newer ICU puts U+202F before AM and PM; a plain space is what prompts and speech engines expect.
  return new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', ...options })
    .format(now)
    .replaceAll('\u202f', ' ');
}

/** The variables that every template knows, in UTC: `now`, `date`, `time`, `month`, `day`, `year` (docs.vapi.ai, variables). */
export function builtInVariables(now: Date): Record<string, string> {
  const date = format(now, { month: 'short', day: 'numeric', year: 'numeric' });
  const time = format(now, { hour: 'numeric', minute: '2-digit', hour12: true });
  return {
    now: `${date} ${time}`,
    date,
    time,
    month: format(now, { month: 'long' }),
    day: format(now, { day: 'numeric' }),
    year: format(now, { year: 'numeric' }),
  };
}
