import fc from 'fast-check';
import type { HttpExchange } from './http-exchange.ts';
import type { SchemaArbitraryOptions } from './json-schema-arbitrary.ts';

/** Numbers that exist in their countries' plans. */
const E164 = ['+14155550123', '+442079460018', '+4930901820', '+33142685300'];

let serial = 0;

/** A SIP URI that no other body of this run has. */
const sipUri = fc.nat().map(() => {
  serial += 1;
  return `sip:user-${serial}@sip.vapi.ai`;
});

/** What the fields of a body mean beyond their schema, in an exchange where these objects exist. */
export function vapiFields(ids: {
  assistantId: string;
  credentialId: string;
}): SchemaArbitraryOptions['byKey'] {
  return {
    assistantId: fc.constant(ids.assistantId),
    credentialId: fc.constant(ids.credentialId),
    squadId: fc.uuid(),
    workflowId: fc.uuid(),
    number: fc.constantFrom(...E164),
    sipUri,
    twilioAccountSid: fc.stringMatching(/^AC[0-9a-f]{32}$/),
    twilioAuthToken: fc.stringMatching(/^[0-9a-f]{32}$/),
    twilioApiKey: fc.stringMatching(/^SK[0-9a-f]{32}$/),
    twilioApiSecret: fc.stringMatching(/^[0-9a-f]{32}$/),
    url: fc.webUrl(),
    holdAudioUrl: fc.webUrl(),
    transferCompleteAudioUrl: fc.webUrl(),
    regex: fc.constantFrom('^yes', 'no|nope', '\\d+$'),
    assistantRegex: fc.constantFrom('^yes', '\\?$'),
    customerRegex: fc.constantFrom('.*', '\\d'),
    ip: fc.ipV4(),
    excludedStatusCodes: fc.array(fc.integer({ min: 400, max: 599 }), { maxLength: 3 }),
  };
}

/** One assistant and one credential of each kind that numbers need. */
export async function makeReferences(exchange: HttpExchange) {
  const id = async (url: string, body: object) => {
    const made = await exchange.inject('POST', url, body);
    if (made.status !== 201) throw new Error(`${url}: ${made.text}`);
    return (made.body as { id: string }).id;
  };
  return {
    assistantId: await id('/assistant', { name: 'Front desk' }),
    'byo-phone-number': await id('/credential', {
      provider: 'byo-sip-trunk',
      gateways: [{ ip: '192.0.2.1' }],
    }),
    telnyx: await id('/credential', { provider: 'telnyx', apiKey: 'key' }),
    vonage: await id('/credential', { provider: 'vonage', apiKey: 'key', apiSecret: 'secret' }),
    twilio: await id('/credential', { provider: 'twilio', accountSid: 'AC1', authToken: 'token' }),
  };
}
