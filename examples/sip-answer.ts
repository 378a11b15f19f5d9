import { answerOffer, createUserAgent } from '../src/sip/index.ts';

// Answers each call that reaches 127.0.0.1:5070 (or the port given), and says how it ended. It takes no audio.
const port = Number(process.argv[2] ?? 5070);
const userAgent = createUserAgent({
  bindAddress: '127.0.0.1',
  port,
  handlers: {
    admit: () => 'accept',
    onInvite: (session) => {
      session.ended.on(({ by }) => console.log(`${session.callId} ended by ${by}`));
      const media = { address: session.localAddress, port: 40_000, sessionId: 1, version: 1, ptimeMs: 20 };
      const answer = answerOffer(session.offer ?? '', { ...media, codecs: ['PCMU', 'PCMA'] });
      if ('rejected' in answer) session.reject(answer.rejected);
      else session.accept(answer.sdp).catch(console.error);
    },
  },
});
await userAgent.start();
console.log(`listening on ${userAgent.udpPort}`);
