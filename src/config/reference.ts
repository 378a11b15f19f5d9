import { SETTINGS } from './settings.ts';

/** The table of docs/reference/configuration.md, made from the settings so that the two cannot drift apart. */
export function configurationTable(): string {
  const rows = Object.entries(SETTINGS).map(([name, { fallback, describe }]) => {
    const unset = fallback === undefined ? 'unset' : fallback === '' ? 'empty' : `\`${fallback}\``;
    return `| \`${name}\` | ${unset} | ${describe} |`;
  });
  return ['| Setting | Default | What it does |', '|---|---|---|', ...rows].join('\n');
}
