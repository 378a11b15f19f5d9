/** What answering machines and mailboxes say and people who pick up do not, per language; without accents. */
const PHRASES = [
  // English
  'leave a message',
  'leave me a message',
  'leave your message',
  'leave your name',
  'record your message',
  'after the tone',
  'after the beep',
  'at the tone',
  'voice mail',
  'voicemail',
  'mailbox',
  'not available right now',
  'is not available',
  'is unavailable',
  'unable to take your call',
  'cannot take your call',
  'cant take your call',
  'cant come to the phone',
  'cannot come to the phone',
  'unable to come to the phone',
  'has been forwarded to an automated',
  // German
  'nach dem signalton',
  'nach dem ton',
  'nach dem piep',
  'hinterlassen sie',
  'anrufbeantworter',
  'nicht erreichbar',
  // Spanish
  'deje su mensaje',
  'deje un mensaje',
  'despues de la senal',
  'buzon de voz',
  // French
  'laissez un message',
  'laisser un message',
  'apres le bip',
  'messagerie vocale',
  // Portuguese
  'deixe sua mensagem',
  'deixe uma mensagem',
  'apos o sinal',
  'caixa postal',
  // Italian
  'lasciate un messaggio',
  'dopo il segnale',
  'segreteria telefonica',
  // Dutch
  'spreek uw bericht',
  'na de piep',
  'laat een bericht',
];

/** Whether a sentence is one that a machine greets with. */
export function isMachineGreeting(text: string): boolean {
  const plain = ` ${text
    .normalize('NFD')
    .replaceAll(/\p{M}|['’]/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')} `;
  return PHRASES.some((phrase) => plain.includes(` ${phrase} `));
}
