import { inLanguage } from '../../voice/in-language.ts';

/** Said to an operator where neither a message nor a summary is there: he must know that this is no direct call. */
const ANNOUNCING = {
  en: 'A caller is being transferred to you.',
  de: 'Ein Anrufer wird zu Ihnen durchgestellt.',
  es: 'Le transfieren una llamada.',
  fr: 'Un appel vous est transféré.',
  it: 'Le viene trasferita una chiamata.',
  nl: 'Er wordt een beller met u verbonden.',
  pt: 'Uma chamada está a ser transferida para si.',
};

/** Said to a caller who was held and comes back, where the plan has no words for it. */
const NOT_REACHED = {
  en: 'I am sorry, nobody could be reached.',
  de: 'Es tut mir leid, es war niemand zu erreichen.',
  es: 'Lo siento, no hemos podido localizar a nadie.',
  fr: "Je suis désolé, personne n'a pu être joint.",
  it: 'Mi dispiace, non è stato possibile raggiungere nessuno.',
  nl: 'Het spijt me, er was niemand bereikbaar.',
  pt: 'Lamento, não foi possível contactar ninguém.',
};

/** @param language a BCP 47 tag; unknown ones get English. */
export function announcingIn(language: string): string {
  return inLanguage(ANNOUNCING, language);
}

/** @param language a BCP 47 tag; unknown ones get English. */
export function notReachedIn(language: string): string {
  return inLanguage(NOT_REACHED, language);
}
