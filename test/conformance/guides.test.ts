import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);

const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

/** Where calls that go out are refused, or fail for a cause of their own. */
const OUTBOUND = [
  'src/domain/orgs/dial-policy.ts',
  ...['dial-gate', 'dial-policy'].map((name) => `src/flow/dialing/${name}.ts`),
  ...['customer-headers', 'dial-error', 'media-policy', 'outbound-caller', 'place-invites'].map(asOfSip),
  ...['sip-dialer', 'sip-outbound-leg', 'trunk-routes'].map(asOfSip),
];

function asOfSip(name: string): string {
  return `src/telephony/sip/${name}.ts`;
}

/** The sentence of an error, or of the constant or the value that it is made of. */
const SENTENCE =
  /(?:DialError\(\s*'[a-z-]+',|super\('refused',|(?:refused|unreachable)\(|return|[?:]|(?:UNASSIGNED|message) =)\s*(?:'([a-z][^'\n]* [^'\n]*)'|`([a-z][^`]* [^`]*)`)/g;

test('the guides name every reason for which a call does not go out', () => {
  const guides = ['sip-trunk', 'outbound-call'].map((name) => read(`docs/guides/${name}.md`)).join('\n');
  const missing = OUTBOUND.flatMap((path) => {
    const sentences = [...read(path).matchAll(SENTENCE)].map(
      ([, plain, template]) => plain ?? template ?? '',
    );
    assert.ok(sentences.length > 0, `${path} has no sentence`);
    return sentences.filter((sentence) => !wordsOf(sentence).test(guides)).map((one) => `${path}: ${one}`);
  });
  assert.deepEqual(missing, []);
});

/** A sentence as a guide may write it: what a template fills in stands as anything, and the API begins with a capital. */
function wordsOf(sentence: string): RegExp {
  const fixed = sentence.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.()+?]/g, '\\$&'));
  return new RegExp(fixed.join('[^`|]+'), 'i');
}

test('every file and heading that a page points to is there', () => {
  const pages = ['*.md', '{docs,src,test}/**/*.md'].flatMap((pattern) =>
    globSync(pattern, { cwd: fileURLToPath(ROOT) }),
  );
  const lost = pages.flatMap((page) =>
    linksOf(read(page))
      .filter((link) => !leadsSomewhere(new URL(link, new URL(page, ROOT))))
      .map((link) => `${page}: ${link}`),
  );
  assert.ok(pages.length > 10);
  assert.deepEqual(lost, []);
});

/** Targets in this tree; what stands in a code block is no link. */
function linksOf(page: string): string[] {
  const prose = page.replace(/^```[\s\S]*?^```/gm, '');
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return links.filter((target) => !/^[a-z]+:/.test(target));
}

function leadsSomewhere(target: URL): boolean {
  const heading = decodeURIComponent(target.hash.slice(1));
  target.hash = '';
  if (!existsSync(target)) return false;
  if (heading === '') return true;
  const headings = readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm);
  return [...headings].some(([, text = '']) => anchorOf(text) === heading);
}

/** The name that a heading can be linked by. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\- ]/gu, '')
    .replaceAll(' ', '-');
}

test("the example in the SIP stack's README is the one that is run", () => {
  const example = read('examples/sip-answer.ts');
  const [, shown = ''] = /```ts\n([\s\S]*?)```/.exec(read('src/sip/README.md')) ?? [];
  assert.equal(shown.replace("'./index.ts'", "'../src/sip/index.ts'"), example);
  assert.ok(example.trim().split('\n').length <= 20, 'it has at most 20 lines');
});
