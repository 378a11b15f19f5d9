/**
 * What webhooks of Vocode subscribe to, of every revision; those of Fluents as well. `event_machine_detection` is the
 * older name of `event_human_detection`.
 */
export const WEBHOOK_EVENTS = [
  'event_message',
  'event_action',
  'event_phone_call_connected',
  'event_phone_call_ended',
  'event_phone_call_did_not_connect',
  'event_transcript',
  'event_recording',
  'event_human_detection',
  'event_machine_detection',
] as const;

export function isWebhookEvent(type: string): boolean {
  return (WEBHOOK_EVENTS as readonly string[]).includes(type);
}
