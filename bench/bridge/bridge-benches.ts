import type { Bench } from '../bench.ts';
import { bridgeBench } from './bridge-bench.ts';
import { joinBench } from './join-bench.ts';

/** Bridges that are up, then how fast they come to be: one section of the page. */
export const bridgeBenches: Bench = async (options) => {
  const bridges = await bridgeBench(options);
  const joins = await joinBench(options);
  return {
    ...bridges,
    about: [...bridges.about, ...joins.about],
    tables: [...bridges.tables, ...joins.tables],
  };
};
