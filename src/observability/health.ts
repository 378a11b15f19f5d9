export type HealthState = 'starting' | 'ready' | 'draining';

/** Whether the exchange takes calls; `/health` and OPTIONS answer from it. */
export class Health {
  #state: HealthState = 'starting';

  get state(): HealthState {
    return this.#state;
  }

  becomeReady(): void {
    if (this.#state === 'starting') this.#state = 'ready';
  }

  beginDraining(): void {
    this.#state = 'draining';
  }
}
