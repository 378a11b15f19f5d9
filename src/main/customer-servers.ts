import { opencxServerMessages } from '../api/opencx/server-messages/opencx-server-messages.ts';
import { vapiServerMessages } from '../api/vapi/server-messages/vapi-server-messages.ts';
import { vocodeServerMessages } from '../api/vocode/server-messages/vocode-server-messages.ts';
import type { Settings } from '../config/settings.ts';
import type { AccessTokenOf } from '../domain/credentials/vendor-keys.ts';
import { composed, type ServerMessages } from '../flow/server-messages.ts';
import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Storage } from '../storage/open-storage.ts';
import {
  createHoldAudio,
  HOLD_AUDIO_MAX_BYTES,
  HOLD_AUDIO_TIMEOUT_MS,
  type HoldAudio,
} from '../voice/hold-audio/hold-audio.ts';
import { createGuardedFetch, type GuardedFetch } from '../webhooks/egress/guarded-fetch.ts';
import { createGuardedPost } from '../webhooks/egress/guarded-post.ts';
import { Outbox } from '../webhooks/outbox/outbox.ts';
import { createAccessTokens } from '../webhooks/requests/access-tokens.ts';
import { createDeliverySender, createServerClient } from '../webhooks/requests/server-client.ts';
import { OrgSigner } from '../webhooks/signing/org-signer.ts';

/** All that goes out to customers' servers. */
export interface CustomerServers {
  fetch: GuardedFetch;
  /** Their sound files. */
  audio: HoldAudio;
  /** The token of a vendor credential that fetches it. */
  vendorToken: AccessTokenOf;
  messages: ServerMessages;
  outbox: Outbox;
  /** Ends the connections. */
  close(): Promise<void>;
}

/** Builds the ways out. Nothing is sent until the outbox is started. */
export function customerServers(
  {
    storage,
    settings,
    nodeId,
    logger,
  }: { storage: Storage; settings: Settings; nodeId: string; logger: Logger },
  publicUrl: () => string,
): CustomerServers {
  const clock = systemClock;
  const fetch = createGuardedFetch({ allow: settings.OFFHOOK_EGRESS_ALLOW, logger });
  const audioFetch = createGuardedFetch({
    allow: settings.OFFHOOK_EGRESS_ALLOW,
    maxResponseBytes: HOLD_AUDIO_MAX_BYTES,
    timeoutMs: HOLD_AUDIO_TIMEOUT_MS,
    logger,
  });
  const audio = createHoldAudio({ fetch: audioFetch, clock });
  const tokens = createAccessTokens({ fetch, clock, logger });
  const signer = new OrgSigner({ orgs: storage.orgs, clock });
  const post = createGuardedPost({ allow: settings.OFFHOOK_EGRESS_ALLOW, logger });
  const client = createServerClient({
    post,
    tokens,
    credentials: storage.credentials,
    signer,
    clock,
    logger,
  });
  const words = { post: client.post, clock, publicUrl };
  const messages = composed(
    vapiServerMessages({ ...words, logger }),
    vocodeServerMessages(words),
    opencxServerMessages,
  );
  const outbox = new Outbox({
    deliveries: storage.deliveries,
    orgs: storage.orgs,
    sender: createDeliverySender(client),
    owner: nodeId,
    clock,
    logger,
  });
  const vendorToken: AccessTokenOf = (credential) => tokens.get(credential, credential.authenticationPlan);
  const close = async () => {
    await Promise.all([fetch.close(), audioFetch.close(), post.close()]);
  };
  return { fetch, audio, vendorToken, messages, outbox, close };
}
