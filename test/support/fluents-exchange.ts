import type { HttpServerOptions } from '../../src/api/http-server.ts';
import type { Dialect } from '../../src/api/server/dialect.ts';
import { type HttpExchange, openHttpExchange } from './http-exchange.ts';

export interface FluentsExchange extends HttpExchange {
  fluents: Dialect;
}

/** An exchange whose routes of Fluents' API are at hand. */
export async function openFluentsExchange(
  overrides: Partial<HttpServerOptions> = {},
): Promise<FluentsExchange> {
  const exchange = await openHttpExchange(overrides);
  const fluents = exchange.server.dialects.find(({ name }) => name === 'fluents');
  if (!fluents) throw new Error('the exchange does not speak Fluents');
  return { ...exchange, fluents };
}
