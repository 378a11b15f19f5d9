import type { SrvRecord } from './dns.ts';

/**
 * The order in which SRV records are tried: the lowest priority first; among equals each is drawn by its weight, those of
 * weight 0 with a small chance to come early (RFC 2782).
 * @param random from 0 to below 1
 */
export function srvOrder(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    drawByWeight(
      records.filter((record) => record.priority === priority),
      random,
    ),
  );
}

function drawByWeight(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const left = records.toSorted((one, other) => one.weight - other.weight);
  const drawn: SrvRecord[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    const chosen = Math.floor(random() * (total + 1));
    let sum = 0;
    const index = left.findIndex(({ weight }) => {
      sum += weight;
      return sum >= chosen;
    });
    drawn.push(...left.splice(Math.max(0, index), 1));
  }
  return drawn;
}
