import { type FieldTable, is, kept, note, same } from '../server/field-table.ts';

const CARRIERS = 'carriers are not contacted yet';

/** The vendor's phone-number document. */
export const FIELD_TABLE: FieldTable = {
  number: {
    schemas: [
      ...['Byo', 'Twilio', 'Vonage', 'Vapi', 'Telnyx'].flatMap((name) => [
        `Create${name}PhoneNumberDTO`,
        `Update${name}PhoneNumberDTO`,
        `${name}PhoneNumber`,
      ]),
    ],
    fields: {
      ...same('number', 'id', 'orgId', 'createdAt', 'updatedAt', 'status', 'hooks', 'server'),
      name: note('number.name'),
      ...same('number', 'sipUri', 'authentication', 'credentialId', 'fallbackDestination'),
      number: is('number.address'),
      numberE164CheckEnabled: is('number.e164CheckEnabled'),
      provider: is('number.carrier'),
      assistantId: is('number.binding.agentId'),
      squadId: is('number.binding.squadId'),
      workflowId: is('number.binding.workflowId (retired by the vendor: such a call fails, and falls back)'),
      numberDesiredAreaCode: kept('numbers are not bought yet'),
      smsEnabled: kept(CARRIERS),
      twilioAccountSid: kept(CARRIERS),
      twilioAuthToken: kept(`${CARRIERS}; write-only`),
      twilioApiKey: kept(`${CARRIERS}; write-only`),
      twilioApiSecret: kept(`${CARRIERS}; write-only`),
    },
  },
  authentication: {
    schemas: ['SipAuthentication'],
    fields: same('number.authentication', 'realm', 'username', 'password'),
  },
  destination: {
    schemas: ['TransferDestinationNumber', 'TransferDestinationSip'],
    fields: {
      ...same('destination', 'type', 'number', 'extension', 'sipUri', 'sipHeaders', 'callerId', 'message'),
      description: is('destination.description (for the model of an agent)'),
      numberE164CheckEnabled: is('destination.e164CheckEnabled'),
      transferPlan: is('destination.transferPlan'),
    },
  },
  message: { schemas: ['CustomMessage'], fields: same('message', 'type', 'content', 'contents') },
  text: { schemas: ['TextContent'], fields: same('message.contents', 'type', 'text', 'language') },
  transferPlan: {
    schemas: ['TransferPlan'],
    fields: {
      mode: is('destination.transferPlan.mode (former names are refused, naming the new one)'),
      sipVerb: is('destination.transferPlan.sipVerb (a peer that refuses a REFER is dialled past)'),
      dialTimeout: is('destination.transferPlan.dialTimeoutSeconds'),
      timeout: is('destination.transferPlan.timeoutSeconds'),
      ...same(
        'destination.transferPlan',
        'message',
        'holdAudioUrl',
        'transferCompleteAudioUrl',
        'contextEngineeringPlan',
        'twiml',
        'summaryPlan',
        'sipHeadersInReferToEnabled',
        'fallbackPlan',
      ),
    },
  },
  contextEngineeringPlan: {
    schemas: [
      'ContextEngineeringPlanLastNMessages',
      'ContextEngineeringPlanNone',
      'ContextEngineeringPlanAll',
    ],
    fields: same('destination.transferPlan.contextEngineeringPlan', 'type', 'maxMessages'),
  },
  summaryPlan: {
    schemas: ['SummaryPlan'],
    fields: same('destination.transferPlan.summaryPlan', 'messages', 'enabled', 'timeoutSeconds'),
  },
  fallbackPlan: {
    schemas: ['TransferFallbackPlan'],
    fields: same('destination.transferPlan.fallbackPlan', 'message', 'endCallEnabled'),
  },
  hook: {
    schemas: ['PhoneNumberHookCallRinging', 'PhoneNumberHookCallEnding'],
    fields: {
      ...same('number.hooks', 'on', 'filters'),
      do: is('number.hooks.actions (the first counts; transfers right behind a transfer are tried in order)'),
    },
  },
  hookFilter: {
    schemas: ['PhoneNumberCallRingingHookFilter', 'PhoneNumberCallEndingHookFilter'],
    fields: same('number.hooks.filters', 'type', 'key', 'startsWith', 'oneOf'),
  },
  hookAction: {
    schemas: ['TransferPhoneNumberHookAction', 'SayPhoneNumberHookAction'],
    fields: same('number.hooks.actions', 'type', 'destination', 'exact'),
  },
  server: {
    schemas: ['Server'],
    fields: {
      ...same('server', 'url', 'timeoutSeconds', 'credentialId', 'encryptedPaths', 'headers', 'backoffPlan'),
      staticIpAddressesEnabled: kept("requests leave from this machine's own address"),
    },
  },
  backoffPlan: {
    schemas: ['BackoffPlan'],
    fields: same('server.backoffPlan', 'type', 'maxRetries', 'baseDelaySeconds', 'excludedStatusCodes'),
  },
  query: {
    schemas: ['query'],
    fields: {
      ...same(
        'query',
        'id',
        'limit',
        'createdAtGt',
        'createdAtLt',
        'createdAtGe',
        'createdAtLe',
        'updatedAtGt',
        'updatedAtLt',
        'updatedAtGe',
        'updatedAtLe',
        'search',
        'page',
        'sortOrder',
      ),
      sortBy: is('query.sortBy (creation decides, whatever it says: numbers have neither duration nor cost)'),
    },
  },
  page: {
    schemas: ['PhoneNumberPaginatedResponse', 'PaginationMeta'],
    fields: same(
      'page',
      'results',
      'metadata',
      'itemsPerPage',
      'totalItems',
      'currentPage',
      'totalPages',
      'hasNextPage',
      'sortOrder',
      'itemsBeyondRetention',
      'createdAtLe',
      'createdAtGe',
    ),
  },
};
