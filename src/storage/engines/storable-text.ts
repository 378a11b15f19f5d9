/**
 * A parameter as both engines can keep it. PostgreSQL refuses NUL inside a text and both cut lone surrogates in their
 * own way; columns hold lookup keys only (documents escape such characters as JSON), so they are replaced.
 */
export function storableParameter(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return (value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value).toWellFormed();
}
