import { sql } from 'kysely';
import type { DueHeads } from './due-heads.ts';

/**
 * Steps from endpoint to endpoint along the index instead of over all that is due: a dead endpoint with a hundred
 * thousand deliveries costs no more than one with a few. What another process claims at this moment is skipped.
 */
export const postgresDueHeads: DueHeads = ({ now, limit, perEndpoint, except, only }) => {
  const waiting = only
    ? sql`waiting(endpoint) as (select json_array_elements_text(${JSON.stringify(only)}::json))`
    : sql`waiting(endpoint) as (
        select min(endpoint) from deliveries where due_at is not null
        union all
        select (select min(further.endpoint) from deliveries as further
                where further.due_at is not null and further.endpoint > waiting.endpoint)
        from waiting where waiting.endpoint is not null)`;
  return sql`with recursive ${waiting}
    select due.seq from waiting cross join lateral (
      select head.seq, head.due_at from deliveries as head
      where head.endpoint = waiting.endpoint and head.due_at <= ${now}
      order by head.due_at, head.seq limit ${perEndpoint} for update skip locked) as due
    where waiting.endpoint is not null
      and waiting.endpoint not in (select json_array_elements_text(${JSON.stringify(except)}::json))
      and not exists (select 1 from delivery_endpoints as paused
                      where paused.key = waiting.endpoint and paused.paused_until > ${now})
    order by due.due_at, due.seq limit ${limit}`;
};
