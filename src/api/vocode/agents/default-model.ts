/** The model of an agent with an account at OpenAI that names none; never shown as a choice of its own. */
export const DEFAULT_MODEL = 'gpt-4o-2024-08-06';
