/** Characters of a result that are spoken: about half a minute. */
const MAX_SPOKEN_CHARS = 500;
const TEXT_KEYS = ['result', 'message', 'answer', 'text'] as const;
const NOTHING_TO_SAY = 'That is done. Is there anything else?';

function spokenValue(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(spokenValue).filter(Boolean).join(', ');
  if (typeof value !== 'object' || value === null) return '';
  const fields = value as Record<string, unknown>;
  const key = TEXT_KEYS.find((name) => typeof fields[name] === 'string');
  if (key) return String(fields[key]);
  return Object.entries(fields)
    .filter(([, field]) => ['string', 'number', 'boolean'].includes(typeof field))
    .map(([name, field]) => `${name} ${spokenValue(field)}`)
    .join(', ');
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return content; // Most tools answer in plain text.
  }
}

/** What a tool answered, as a sentence for the caller. */
export function spokenResult(content: string): string {
  const text = spokenValue(parsed(content)).slice(0, MAX_SPOKEN_CHARS).trim();
  if (text === '') return NOTHING_TO_SAY;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
