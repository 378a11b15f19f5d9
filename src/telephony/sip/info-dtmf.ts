/** Duration of a key whose INFO does not say it, in milliseconds. */
const DEFAULT_DURATION_MS = 160;
const MAX_DURATION_MS = 6_000;
const KEY = /^[0-9*#A-D]$/i;

/** A key pressed by SIP INFO: `application/dtmf-relay` (Signal= and Duration= lines) or `application/dtmf` (the key alone). */
export function parseInfoDtmf(
  contentType: string,
  body: string,
): { digit: string; durationMs: number } | undefined {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/dtmf') return key(body.trim(), undefined);
  if (type !== 'application/dtmf-relay') return undefined;
  const fields = new Map<string, string>();
  for (const line of body.split(/\r?\n/, 16)) {
    const equals = line.indexOf('=');
    if (equals > 0) fields.set(line.slice(0, equals).trim().toLowerCase(), line.slice(equals + 1).trim());
  }
  return key(fields.get('signal') ?? '', fields.get('duration'));
}

function key(digit: string, duration: string | undefined): { digit: string; durationMs: number } | undefined {
  if (!KEY.test(digit)) return undefined;
  const given = duration && /^\d{1,5}$/.test(duration) ? Number(duration) : DEFAULT_DURATION_MS;
  return { digit: digit.toUpperCase(), durationMs: Math.min(given, MAX_DURATION_MS) };
}
