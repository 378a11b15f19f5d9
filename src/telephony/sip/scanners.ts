/** Names by which SIP scanners give themselves away in User-Agent; they get silence (as Kamailio's stock rules do). */
const SCANNERS = [
  'friendly-scanner',
  'sipvicious',
  'sipcli',
  'vaxsipuseragent',
  'pplsip',
  'sundayddr',
  'iwar',
  'sip-scan',
];

export function isScanner(userAgent: string | undefined): boolean {
  if (!userAgent) return false;
  const name = userAgent.toLowerCase();
  return SCANNERS.some((scanner) => name.includes(scanner));
}
