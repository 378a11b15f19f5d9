import { ExchangeError } from '../../domain/errors.ts';
import { Emitter } from '../../lib/emitter.ts';
import type { MediaTap } from '../../media/media-session.ts';
import type { LiveCall } from '../live/live-call.ts';
import { liveCallOf } from '../live/live-session.ts';
import type { CallRecorder } from '../session/call-recorder.ts';
import type { OutboundCall } from './outbound-call.ts';

/** A call that we place, as those outside may see and steer it: also before there is a line. */
export function liveOutboundCall(outbound: OutboundCall, recorder: CallRecorder): LiveCall {
  const live = () => outbound.session && liveCallOf(outbound.session, recorder);
  return {
    get call() {
      return recorder.call;
    },
    get monitorPlan() {
      return live()?.monitorPlan ?? recorder.call.agent?.monitorPlan ?? {};
    },
    notices: recorder.notices,
    tap: () => live()?.tap() ?? tapLater(outbound),
    async control(command) {
      const up = live();
      if (up) await up.control(command);
      else if (command.type === 'end-call') void outbound.cancel();
      else throw new ExchangeError('agent-absent', 'The call has not been dialled yet.');
    },
  };
}

/** Opens with the line. */
function tapLater(outbound: OutboundCall): MediaTap {
  const audio = new Emitter<Int16Array>();
  let tap: MediaTap | undefined;
  const stop = outbound.opened.on((session) => {
    tap = session.tap();
    tap.audio.on((block) => audio.emit(block));
  });
  return {
    audio,
    close() {
      stop();
      tap?.close();
    },
  };
}
