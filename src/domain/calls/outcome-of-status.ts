type Outcome = 'busy' | 'no-answer' | 'rejected' | 'unreachable' | 'failed';

const OUTCOMES = new Map<number, Outcome>([
  [486, 'busy'],
  [600, 'busy'],
  [408, 'no-answer'],
  [480, 'no-answer'],
  [487, 'no-answer'],
  [403, 'rejected'],
  [603, 'rejected'],
  [404, 'unreachable'],
  [410, 'unreachable'],
  [484, 'unreachable'],
  [604, 'unreachable'],
]);

/** What a final SIP status says of the person who was called (RFC 3261 section 21). */
export function outcomeOfStatus(status: number): Outcome {
  return OUTCOMES.get(status) ?? 'failed';
}
