/** The import walls of ARCHITECTURE.md: arrows only downwards. */
const OURS = '^src/';

/** Each folder with the folders of ours that it may import, besides itself. */
const MAY_IMPORT = {
  lib: [],
  config: ['lib'],
  observability: ['lib', 'domain'],
  domain: ['lib'],
  sip: ['lib'],
  media: ['lib'],
  voice: ['lib', 'domain', 'media', 'sip', 'observability'],
  flow: ['lib', 'domain', 'media', 'sip', 'voice', 'observability'],
  telephony: ['lib', 'domain', 'media', 'sip', 'voice', 'flow', 'observability'],
  webhooks: ['lib', 'domain', 'flow', 'observability'],
  storage: ['lib', 'domain', 'flow', 'observability'],
  phone: ['lib', 'sip', 'media', 'voice'],
  api: ['lib', 'domain', 'flow', 'observability'],
  import: ['lib'],
  cli: [
    'lib',
    'import',
    'config',
    'domain',
    'observability',
    'storage',
    'phone',
    'voice',
    'media',
    'sip',
    'webhooks',
  ],
};

const walls = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  name: `wall-${folder}`,
  comment: `src/${folder} may import ${allowed.length ? allowed.join(', ') : 'nothing of ours'}`,
  severity: 'error',
  from: { path: `${OURS}${folder}/`, pathNot: '\\.test\\.ts$' },
  to: { path: OURS, pathNot: [`${OURS}(${[folder, ...allowed].join('|')})/`, '^src/main\\.ts$'] },
}));

module.exports = {
  forbidden: [
    ...walls,
    {
      name: 'only-main-composes',
      comment:
        'main.ts and src/main may import everything; nothing imports main.ts but the command line that serves',
      severity: 'error',
      from: { path: OURS, pathNot: '(^src/cli/serve\\.ts$|\\.test\\.ts$)' },
      to: { path: '^src/main\\.ts$' },
    },
    {
      name: 'parts-of-main',
      comment: 'the parts of the composition are for main.ts alone',
      severity: 'error',
      from: { path: OURS, pathNot: '(^src/main\\.ts$|^src/main/)' },
      to: { path: '^src/main/' },
    },
    {
      name: 'dialects-are-strangers',
      comment: 'a dialect never imports another; what they share lives in api/server',
      severity: 'error',
      from: { path: '^src/api/(vapi|vocode|fluents|opencx|admin)/' },
      to: { path: '^src/api/(vapi|vocode|fluents|opencx|admin)/', pathNot: '^src/api/$1/' },
    },
    {
      name: 'domain-is-pure',
      comment: 'the domain knows no npm package but zod and libphonenumber-js, and does no I/O',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: '\\.test\\.ts$' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'core'],
        pathNot: '(zod|libphonenumber-js|^crypto$|^node:crypto$)',
      },
    },
    {
      name: 'sip-is-extractable',
      comment: 'src/sip could be published alone',
      severity: 'error',
      from: { path: '^src/sip/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional'], pathNot: 'sdp-transform' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: OURS },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'tests-stay-out',
      comment: 'what runs in production imports neither tests nor their support',
      severity: 'error',
      from: { path: OURS, pathNot: '\\.test\\.ts$' },
      to: { path: '(^test/|\\.test\\.ts$)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js'] },
  },
};
