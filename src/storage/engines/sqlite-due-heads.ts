import { sql } from 'kysely';
import type { DueHeads } from './due-heads.ts';

/**
 * Steps from endpoint to endpoint along the index instead of over all that is due: a dead endpoint with a hundred
 * thousand deliveries costs no more than one with a few. SQLite knows no lateral join, so the few of each endpoint are
 * looked up by their row ids; `cross join` keeps its planner to this order.
 */
export const sqliteDueHeads: DueHeads = ({ now, limit, perEndpoint, except, only }) => {
  const waiting = only
    ? sql`waiting(endpoint) as (select value from json_each(${JSON.stringify(only)}))`
    : sql`waiting(endpoint) as (
        select min(endpoint) from deliveries where due_at is not null
        union all
        select (select min(further.endpoint) from deliveries as further
                where further.due_at is not null and further.endpoint > waiting.endpoint)
        from waiting where waiting.endpoint is not null)`;
  return sql`with recursive ${waiting}
    select due.seq from waiting cross join deliveries as due
    where waiting.endpoint is not null
      and waiting.endpoint not in (select value from json_each(${JSON.stringify(except)}))
      and not exists (select 1 from delivery_endpoints as paused
                      where paused.key = waiting.endpoint and paused.paused_until > ${now})
      and due.seq in (select head.seq from deliveries as head
                      where head.endpoint = waiting.endpoint and head.due_at <= ${now}
                      order by head.due_at, head.seq limit ${perEndpoint})
    order by due.due_at, due.seq limit ${limit}`;
};
