import { ExchangeError } from '../../domain/errors.ts';

/** What stands for the purchase of a number: nobody who sells numbers is reached from here. */
export function purchaseRefused(): ExchangeError {
  return new ExchangeError(
    'request-invalid',
    'Numbers cannot be bought here: no carrier that sells them is connected. Link a number that you have instead.',
  );
}
