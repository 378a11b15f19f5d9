/** What a message in the middle of a call says of the conversation: about 1 KB. */
const TURNS = Array.from({ length: 8 }, (_, index) => ({
  role: index % 2 === 0 ? 'bot' : 'user',
  message: 'Thank you for calling the bakery. We have rye, wheat and spelt bread today, and cake from three.',
  time: 1_700_000_000_000 + index * 4_000,
  secondsFromStart: index * 4,
}));

export function messageBody(callId: string, type: string): string {
  return JSON.stringify({ message: { type, call: { id: callId }, messages: TURNS } });
}
