import fc from 'fast-check';

/** Values of open.cx fields that mean more than their schema says, by key. */
export function opencxFields({
  agentId,
  scenarioId,
  actionId,
}: {
  agentId: string;
  scenarioId?: string;
  actionId?: string;
}): Record<string, fc.Arbitrary<unknown>> {
  const listOf = (id: string | undefined) => fc.constantFrom(...(id === undefined ? [[]] : [[], [id]]));
  return {
    name: fc
      .string({ minLength: 1, maxLength: 60 })
      .filter((text) => text.isWellFormed() && !text.includes('\0')),
    voice_id: fc.constantFrom('rms', 'slt', 'EXAVITQu4vr4xnSDxMaL', 'a-clone-of-mine'),
    language: fc.constantFrom('en', 'es', 'pt-BR', 'multi'),
    handoff_phone_number: fc.constantFrom('+14155550123', '+442079460018'),
    instructions: listOf(scenarioId),
    actionIds: listOf(actionId),
    speed: fc.integer({ min: 2, max: 8 }).map((quarters) => quarters / 4),
    data_collection_fields: fc.array(fc.stringMatching(/^[a-z_]{1,12}$/), { maxLength: 4 }),
    data_collection_webhook_url: fc.constantFrom(
      'https://mine.example/collected',
      'http://mine.example:81/c?a=1',
    ),
    custom_llm: fc.constantFrom('https://llm.example/v1', 'http://llm.example:8080/v1'),
    phone_numbers: fc.constant([]),
    host: fc.constantFrom('192.0.2.7', 'sip.carrier.example'),
    username: fc.stringMatching(/^[a-z]{1,12}$/),
    password: fc.stringMatching(/^[ -~]{1,20}$/),
    caller_number: fc.constantFrom('+14155550100', '101'),
    value: fc.constantFrom('+14155550123', 'sip:desk@pbx.example'),
    destination_id: fc.constant(undefined),
    create: fc.constant({ name: 'Sales', type: 'phone', value: '+14155550123' }),
    phone_agent_id: fc.constant(agentId),
    contact: fc.constant({ phone_number: '+14155550123' }),
  };
}
