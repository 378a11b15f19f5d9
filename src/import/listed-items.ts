import { ImportError } from './import-error.ts';
import { isObject, type Json, type JsonObject, textOf } from './json.ts';

/** The objects of a list's answer. @throws {ImportError} when it is no list of objects that have an id. */
export function listedItems(answer: Json | undefined, url: string): JsonObject[] {
  const items = Array.isArray(answer) ? answer.filter(isItem) : [];
  if (!Array.isArray(answer) || items.length < answer.length)
    throw new ImportError(`${url} answers with no list: is it the base URL of the API?`);
  return items;
}

function isItem(value: Json): value is JsonObject {
  return isObject(value) && textOf(value.id) !== undefined;
}
