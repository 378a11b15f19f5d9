import type { Settings } from '../config/settings.ts';

/** What the first screen tells. */
export interface WelcomeFacts {
  httpUrl: string;
  sipHost: string;
  sipPort: number;
  /** Undefined where SIP over TLS is off. */
  sipsPort: number | undefined;
  /** Clear text, on the first start only. */
  madeKey: string | undefined;
  demoUri: string | undefined;
  store: string;
  hears: string;
  thinks: string;
  speaks: string;
}

/** The screen that `npm start` ends with: addresses, the key, the demo number, what to do next. */
export function welcome(settings: Settings, facts: WelcomeFacts): string[] {
  const key = facts.madeKey ?? (settings.OFFHOOK_API_KEY ? '$OFFHOOK_API_KEY' : 'YOUR-KEY');
  const keyLine = facts.madeKey
    ? `${facts.madeKey}   (shown this once; keep it)`
    : 'as before   (lost it? npx offhook keys create)';
  const lines = [
    '',
    '  Offhook is off the hook.',
    '',
    `  HTTP     ${facts.httpUrl}`,
    `  SIP      ${facts.sipHost}:${facts.sipPort} (UDP and TCP)`,
    ...(facts.sipsPort === undefined ? [] : [`  SIPS     ${facts.sipHost}:${facts.sipsPort} (TLS)`]),
    `  API key  ${keyLine}`,
    `  Store    ${facts.store}`,
    `  Hears    ${facts.hears}`,
    `  Thinks   ${facts.thinks}`,
    `  Speaks   ${facts.speaks}`,
    '',
  ];
  if (facts.demoUri) {
    lines.push(
      `  Demo number: ${facts.demoUri}   (answers this machine and private networks only)`,
      '  Call it from a second terminal:',
      '',
      `    npm run call -- ${facts.demoUri} --say "What are your opening hours?"`,
      '',
    );
  }
  lines.push(
    '  List your numbers:',
    '',
    `    curl -H "Authorization: Bearer ${key}" ${facts.httpUrl}/phone-number`,
    '',
  );
  return lines;
}
