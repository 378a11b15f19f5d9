import type { ApiClient } from './api-client.ts';
import type { JsonObject } from './json.ts';

/** One sort of object that a house holds, and the routes that read and write it, which are equal on both sides. */
export interface Kind {
  /** The vendor's word for one of them. */
  name: string;
  listPath: string;
  createPath: string;
  /** Changes one that is here already. */
  changeRoute(shown: JsonObject): { method: 'PATCH' | 'POST'; path: string };
  /** The vendor may have no route for these, or none for this key: then there are none to read. */
  mayBeHidden?: boolean;
  /** What a person calls it. */
  nameOf(item: JsonObject): string | undefined;
  /** What nobody else may have, such as a number: the one that is here is the same one. */
  addressOf?(item: JsonObject): string | undefined;
  /** Why it cannot come over, whatever is done. */
  refusal?(item: JsonObject): string | undefined;
  /** What comes over and is not as it was. */
  remark?(item: JsonObject): string | undefined;
  /** The body of a create, where it is not the object itself. */
  toCreate?(body: JsonObject): JsonObject;
  /** Keys that a create does not take and a change does: they follow in a change. */
  changeOnly?: ReadonlySet<string>;
  /** Keys that stand in every change, since it is read by them. */
  changeAlways?: readonly string[];
  /** Keys that a change does not take. */
  createOnly?: ReadonlySet<string>;
}

/** A vendor whose houses can be brought. */
export interface SourceDialect {
  name: string;
  /** The exchange's prefix for this API. */
  api: string;
  /** Where the vendor's API is, without a slash at its end. */
  baseUrl: string;
  /** In an order such that what is named comes before what names it, as far as there is one. */
  kinds: readonly Kind[];
  /** Keys that hold ids of other objects, alone, in a list, or as the whole object, and of which kind they are. */
  references: Readonly<Record<string, string>>;
  /** Keys that the server sets. */
  readOnly: ReadonlySet<string>;
  /** Names of keys that hold secrets, beside those that the exchange's document marks. They may be shown masked. */
  secretKeys?: RegExp;
  /** All objects at one list route. */
  list(api: ApiClient, path: string): Promise<JsonObject[]>;
  /** An object in the form in which it is compared and written. */
  plain(item: JsonObject): JsonObject;
}
