import { blocked, unblocked } from '../../../domain/numbers/blocking.ts';
import type { NumberRepository } from '../../../domain/numbers/number-repository.ts';
import type { Clock } from '../../../lib/clock.ts';
import { type Route, route } from '../../server/route.ts';
import { known } from '../known.ts';
import { idParams } from '../schema.ts';
import { fromNumber } from './from-domain.ts';
import { numberChangesSchema, numberSchema } from './schema.ts';

export interface NumbersContext {
  numbers: Pick<NumberRepository, 'update'>;
  clock: Clock;
}

/** Numbers are made and changed through the dialects, none of which can block one. */
export function numberRoutes({ numbers, clock }: NumbersContext): Route[] {
  return [
    route({
      method: 'PATCH',
      path: '/numbers/:id',
      operationId: 'updateNumber',
      summary: 'Block a number, or lift the block',
      tag: 'Numbers',
      params: idParams,
      body: numberChangesSchema,
      status: 200,
      response: numberSchema,
      handle: async ({ orgId, params, body }) => {
        const change = body.blocked ? blocked : unblocked;
        const changed = await numbers.update(orgId, params.id, (number) => change(number, clock.now()));
        return fromNumber(known(changed, 'number'));
      },
    }),
  ];
}
