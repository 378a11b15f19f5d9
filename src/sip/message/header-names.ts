/** Compact forms of the IANA registry (RFC 3261, 3515, 3841, 3891, 4028, 4474, 6665, 8224). */
const COMPACT_FORMS: Record<string, string> = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  n: 'Identity-Info',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
  y: 'Identity',
};

const KNOWN_NAMES = [
  'Accept',
  'Accept-Encoding',
  'Accept-Language',
  'Alert-Info',
  'Allow',
  'Authentication-Info',
  'Authorization',
  'Call-Info',
  'Content-Disposition',
  'Content-Language',
  'CSeq',
  'Date',
  'Diversion',
  'Error-Info',
  'Expires',
  'Flow-Timer',
  'History-Info',
  'In-Reply-To',
  'Info-Package',
  'Join',
  'Max-Forwards',
  'MIME-Version',
  'Min-Expires',
  'Min-SE',
  'Organization',
  'P-Asserted-Identity',
  'P-Preferred-Identity',
  'Path',
  'Priority',
  'Privacy',
  'Proxy-Authenticate',
  'Proxy-Authorization',
  'Proxy-Require',
  'RAck',
  'Reason',
  'Record-Route',
  'Recv-Info',
  'Remote-Party-ID',
  'Replaces',
  'Reply-To',
  'Require',
  'Retry-After',
  'Route',
  'RSeq',
  'Server',
  'Service-Route',
  'SIP-ETag',
  'SIP-If-Match',
  'Subscription-State',
  'Timestamp',
  'Unsupported',
  'User-Agent',
  'User-to-User',
  'Warning',
  'WWW-Authenticate',
];

const canonicalByLowerCase = new Map<string, string>(Object.entries(COMPACT_FORMS));
const known = new Set<string>();
for (const name of [...KNOWN_NAMES, ...Object.values(COMPACT_FORMS)]) {
  canonicalByLowerCase.set(name.toLowerCase(), name);
  known.add(name);
}

/** The long form of a header name in its registered spelling; an unknown name is left as it came. */
export function canonicalName(name: string): string {
  if (known.has(name)) return name;
  return canonicalByLowerCase.get(name.toLowerCase()) ?? name;
}
