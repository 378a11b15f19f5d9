import { inLanguage } from '../in-language.ts';

/** Said while a server is asked, where a tool has no words of its own for it: a caller must not wonder whether anybody is there. */
const FILLERS = {
  en: ['One moment, please.', 'Let me see.', 'Just a moment.'],
  de: ['Einen Moment, bitte.', 'Ich sehe kurz nach.'],
  es: ['Un momento, por favor.', 'Déjeme ver.'],
  fr: ['Un instant, je vous prie.', 'Je regarde.'],
  it: ['Un attimo, per favore.', 'Vediamo.'],
  nl: ['Een ogenblik, alstublieft.', 'Ik kijk even.'],
  pt: ['Um momento, por favor.', 'Deixe-me ver.'],
};

/** Said before a transfer that has no words of its own. */
const TRANSFERRING = {
  en: 'Transferring the call now.',
  de: 'Ich verbinde Sie jetzt.',
  es: 'Le transfiero la llamada ahora.',
  fr: 'Je transfère votre appel.',
  it: 'Le trasferisco la chiamata.',
  nl: 'Ik verbind u nu door.',
  pt: 'Vou transferir a chamada agora.',
};

/** @param language a BCP 47 tag; unknown ones get English. */
export function fillersIn(language: string): readonly string[] {
  return inLanguage<readonly string[]>(FILLERS, language);
}

/** @param language a BCP 47 tag; unknown ones get English. */
export function transferringIn(language: string): string {
  return inLanguage(TRANSFERRING, language);
}
