/** Why an agent's part in a call is over: reason of the signal that its tools are given. */
export class PartEnded extends Error {
  /** The call goes on with somebody else. */
  readonly handedOver: boolean;

  constructor(handedOver: boolean) {
    super(handedOver ? 'the call was handed over' : 'the call is over');
    this.name = 'PartEnded';
    this.handedOver = handedOver;
  }
}
