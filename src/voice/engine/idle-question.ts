import { inLanguage } from '../in-language.ts';

/** Asked after a silence of both sides, where the agent is to ask whether a person is there. */
const IDLE_QUESTIONS = {
  en: 'Are you still there?',
  de: 'Sind Sie noch da?',
  es: '¿Sigue ahí?',
  fr: 'Êtes-vous toujours là ?',
  it: 'È ancora in linea?',
  nl: 'Bent u er nog?',
  pt: 'Ainda está aí?',
};

/** @param language a BCP 47 tag; unknown ones get English. */
export function idleQuestionIn(language: string): string {
  return inLanguage(IDLE_QUESTIONS, language);
}
