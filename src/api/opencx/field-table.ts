import { type FieldTable, ignored, is, kept, note, refused, same } from '../server/field-table.ts';

const NOBODY_SENDS = 'always null; nobody sends it';
const NEWER = 'only the newest revision of the list has it, and no route takes it';

const NO_FLOW = 'a phone agent follows no flow: it is kept as it came, whatever it is';

/** The phone pages of open.cx. */
export const FIELD_TABLE: FieldTable = {
  agent: {
    schemas: [
      'CreatePhoneAgentPublicDto',
      'UpdatePhoneAgentPublicDto',
      'PhoneAgent',
      'CreatePhoneAgentDtoLegacy',
    ],
    fields: {
      id: is('agent.id'),
      org_id: is('agent.orgId'),
      created_at: is('agent.createdAt'),
      updated_at: is('agent.updatedAt'),
      name: is('agent.name'),
      phone_number: is('number.address (of the oldest number that is bound to the agent; read-only)'),
      type: is('agent.kind (one that is `outbound` takes no calls)'),
      first_message: is('agent.firstMessage'),
      voice_id: is('agent.voice.voiceId (of ElevenLabs where there is a key for it)'),
      language: is('agent.transcriber.language (not English: where there is a key for Deepgram)'),
      speed: is('agent.voice.speed'),
      interruptible: is('agent.dials.interruptible, agent.firstMessageInterruptionsEnabled'),
      instructions: is('agent.scenarioIds (added to the prompt)'),
      actionIds: is('agent.brain.toolIds; null: agent.usesAllTools'),
      use_org_knowledgebase: is('agent.usesKnowledge'),
      handoff_phone_number: is('agent.handoffDestination'),
      custom_llm: is('agent.brain.url (with the provider `custom-llm`)'),
      data_collection_fields: is('agent.dataCollection.fields'),
      data_collection_webhook_url: is('agent.dataCollection.webhookUrl'),
      accent: kept('a voice has the accent that it has'),
      flow: kept(NO_FLOW),
      manual_mode: kept('what it does is not documented'),
      model: kept("the vendor's generations of voice agents are names alone here"),
      provider_external_id: refused(
        'no carrier gives the exchange an id: always null in replies',
        '400, `property provider_external_id should not exist`',
      ),
    },
  },
  newerAgent: {
    schemas: ['PhoneAgentLatest'],
    fields: Object.fromEntries(
      ['recording_enabled', 'stt_keyterms', 'tts_speed_pct', 'failover_transfer_destination_id'].map(
        (name) => [name, refused(NEWER, `400, \`property ${name} should not exist\``)],
      ),
    ),
  },
  flow: {
    schemas: ['FlowNode', 'FlowNode.position'],
    fields: Object.fromEntries(
      ['id', 'type', 'content', 'connectionType', 'position', 'children', 'x', 'y'].map((name) => [
        name,
        kept(NO_FLOW),
      ]),
    ),
  },
  voice: {
    schemas: ['PhoneAgentVoice'],
    fields: {
      voice_id: is('voice.voiceId (what an agent is given as its voice_id)'),
      name: is('voice.name'),
      labels: is('voice (the fields below)'),
      description: is('voice.provider (in words)'),
      preview_url: ignored(`there are no samples of voices: ${NOBODY_SENDS}`),
    },
  },
  voiceLabels: {
    schemas: ['PhoneAgentVoice.labels'],
    fields: {
      ...same('voice', 'accent', 'description', 'age', 'gender'),
      language: is("voice.provider (`en` for the offline voices, null for ElevenLabs')"),
      use_case: ignored(`the catalogue does not tell what a voice is good for: ${NOBODY_SENDS}`),
    },
  },
  outboundCall: {
    schemas: ['MakeOutboundCallDto', 'MakeOutboundCallDto.contact'],
    fields: {
      phone_agent_id: is('order.agent, and the number that calls: the oldest that is bound to it'),
      contact: is('order.destination'),
      phone_number: is('order.destination.number'),
      id: refused("contacts belong to the vendor's inbox", '404, `Contact not found`'),
    },
  },
  inboundTrunk: {
    schemas: ['CreateInboundTrunk', 'InboundTrunk'],
    fields: {
      id: is('org.inboundTrunk.id'),
      phone_numbers: is(
        "org.inboundTrunk.numbers, number.authentication of each (any other number gets 404: the vendor's default agent has no field in its documents)",
      ),
      auth_username: is('org.inboundTrunk.username, number.authentication.username'),
      auth_password: is('org.inboundTrunk.password, number.authentication.password'),
      sip_endpoint: is('the SIP domain of the exchange'),
      agent_id_header: is('`X-Phone-Agent-Id`, the header by which the trunk chooses who answers'),
      krisp_enabled: kept('noise is not taken out of what callers say'),
    },
  },
  outboundTrunk: {
    schemas: ['CreateOutboundTrunk', 'OutboundTrunk'],
    fields: {
      id: is('credential.id'),
      created_at: is('credential.createdAt'),
      updated_at: is('credential.updatedAt'),
      name: note('credential.name'),
      host: is('credential.gateways.ip'),
      port: is('credential.gateways.port'),
      transport: is('credential.gateways.outboundProtocol'),
      username: is('credential.outboundAuthenticationPlan.authUsername'),
      password: is('credential.outboundAuthenticationPlan.authPassword (write-only)'),
      caller_number: is('credential.callerNumber (who the called see, unless a destination says otherwise)'),
    },
  },
  transferDestination: {
    schemas: ['TransferDestinationInput', 'TransferDestination'],
    fields: {
      id: is('storedDestination.id'),
      created_at: is('storedDestination.createdAt'),
      updated_at: is('storedDestination.updatedAt'),
      name: is('storedDestination.name, destination.description (for the model of an agent)'),
      type: is('destination.type (`phone`: `number`)'),
      value: is('destination.number, destination.sipUri'),
    },
  },
  transferAssignment: {
    schemas: ['AssignTransferDestination', '/phone/sip/agents/{phone_agent_id}/transfer-destinations'],
    fields: {
      destination_id: is(
        "storedDestination.id (copied to the destinations of the agent's transferCall tool)",
      ),
      create: is("a new storedDestination (copied to the destinations of the agent's transferCall tool)"),
    },
  },
  query: {
    schemas: ['query'],
    fields: {
      phone_agent_id: is('agent.id'),
      phone_number: is('number.address (of a number on the inbound trunk)'),
    },
  },
  error: { schemas: ['ErrorDto'], fields: same('error', 'statusCode', 'message', 'error') },
};
