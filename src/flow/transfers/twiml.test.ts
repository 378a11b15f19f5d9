import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseTwiml, TwimlError } from './twiml.ts';

describe('TwiML', () => {
  it('is read with or without a Response around it', () => {
    const verbs = [
      { verb: 'Say', text: "Anna & Bert's call", loop: 1, language: 'en-US' },
      { verb: 'Pause', seconds: 2 },
      { verb: 'Play', url: 'https://a.example/x.mp3?a=1&b=2', loop: 3 },
      { verb: 'Hangup' },
    ];
    const inner = `<Say voice="alice" language='en-US'>Anna &amp; Bert&#39;s
      call</Say><Pause length="2"/> <Play loop="3">https://a.example/x.mp3?a=1&amp;b=2</Play><!-- end --><Hangup />`;
    assert.deepEqual(parseTwiml(inner), verbs);
    assert.deepEqual(parseTwiml(`<?xml version="1.0"?>\n<Response>${inner}</Response>`), verbs);
    assert.deepEqual(parseTwiml(''), []);
  });

  it('may ask for keys and for speech, and speaks meanwhile', () => {
    const [gather] = parseTwiml(
      '<Gather input="dtmf speech" timeout="9" numDigits="1" finishOnKey=""><Say>Press 1.</Say></Gather>',
    );
    assert.deepEqual(gather, {
      verb: 'Gather',
      inputs: new Set(['dtmf', 'speech']),
      seconds: 9,
      digits: 1,
      finishKey: '',
      within: [{ verb: 'Say', text: 'Press 1.', loop: 1 }],
    });
  });

  for (const [what, document, why] of [
    ['a verb that leads elsewhere', '<Redirect>https://a.example</Redirect>', /<Redirect> is not one/],
    ['a dial', '<Dial>+14155550123</Dial>', /<Dial> is not one/],
    ['instructions from elsewhere', '<Gather action="https://a.example"/>', /no action here/],
    ['a verb in a verb', '<Say>a<Pause/></Say>', /may hold no other verb/],
    ['a hangup within a question', '<Gather><Hangup/></Gather>', /<Hangup> is not one/],
    ['text outside', 'hello <Say>a</Say>', /outside the verbs/],
    ['what is not closed', '<Say>a', /<Say> is not closed/],
    ['what closes nothing', '<Say>a</Play>', /<\/Play> closes nothing/],
    ['what is no XML', '<Say>a</Say', /not well-formed XML at character 7/],
    ['a document type', '<!DOCTYPE x [<!ENTITY a "b">]><Say>&a;</Say>', /not well-formed/],
    ['an entity of its own', '<Say>&a;</Say>', /"&a;" is no entity/],
    ['a bare ampersand', '<Say>a & b</Say>', /"&" is no entity/],
    ['a character that breaks lines of a log', '<Say>&#0;</Say>', /is no entity/],
    ['an attribute twice', '<Pause length="1" length="2"/>', /has length twice/],
    ['a wait without end', '<Pause length="99999"/>', /length must be/],
    ['nothing to say', '<Say> </Say>', /nothing to say/],
    ['a file of this machine', '<Play>file:///etc/passwd</Play>', /http or https/],
    ['too long a document', `<Say>${'a'.repeat(4096)}</Say>`, /more than 4096/],
  ] as const) {
    it(`with ${what} is refused`, () => {
      assert.throws(
        () => parseTwiml(document),
        (error) => error instanceof TwimlError && why.test(error.message),
      );
    });
  }
});
