import { inLanguage } from '../in-language.ts';

/** Said when the brain failed, so that the line is never dead. Neutral: nothing of the fault is told to a caller. */
const APOLOGIES = {
  en: "I'm sorry, I didn't catch that. Could you say it again?",
  de: 'Entschuldigung, das habe ich nicht verstanden. Können Sie das bitte wiederholen?',
  es: 'Perdón, no le he entendido. ¿Puede repetirlo, por favor?',
  fr: "Excusez-moi, je n'ai pas compris. Pouvez-vous répéter, s'il vous plaît ?",
  it: 'Mi scusi, non ho capito. Può ripetere, per favore?',
  nl: 'Sorry, dat heb ik niet verstaan. Kunt u dat herhalen?',
  pt: 'Desculpe, não entendi. Pode repetir, por favor?',
};

/** @param language a BCP 47 tag; unknown ones get English. */
export function apologyIn(language: string): string {
  return inLanguage(APOLOGIES, language);
}
