import { ExchangeError } from '../../domain/errors.ts';

/** @throws {ExchangeError} `not-found` for undefined. */
export function known<T>(value: T | undefined, thing: string): T {
  if (value === undefined) throw new ExchangeError('not-found', `There is no such ${thing}.`);
  return value;
}
