/** Spoken when the exchange goes down amid a call. */
export const FAREWELL = 'I am sorry, this call has to end now. Goodbye.';
/** Spoken when nobody can answer; it tells the caller nothing of the cause. */
export const APOLOGY =
  'I am sorry, nobody can take your call at the moment. Please try again later. Goodbye.';
