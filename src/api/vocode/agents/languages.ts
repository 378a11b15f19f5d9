/** Languages that the vendor's agents speak. */
export const LANGUAGES = ['en', 'es', 'de', 'hi', 'pt', 'fr', 'nl', 'id', 'it', 'ja', 'ko'] as const;
