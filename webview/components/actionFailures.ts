import { nothing } from 'lit';
import type { ReactiveControllerHost, TemplateResult } from 'lit';
import type { FailureData } from '../../src/protocol/choices';
import { failureOf, isCancelled } from '../host';
import type { Loading } from '../selectionLoader';
import { failureNotice } from './failureNotice';

interface ActionFailure {
  readonly title: string;
  readonly failure: FailureData;
  readonly retry: (() => void) | undefined;
}

/** The last failure of an action, on show until it is dismissed or retried. */
export class ActionFailures {
  private current: ActionFailure | undefined;

  constructor(private readonly host: ReactiveControllerHost) {}

  /** Shows what was thrown, unless it was only a cancellation. */
  show(title: string, thrown: unknown, retry?: () => void): void {
    if (!isCancelled(thrown)) {
      this.set({ title, failure: failureOf(thrown), retry });
    }
  }

  /** Shows the failure of a load that has one. */
  showOf(title: string, loading: Loading<unknown> | undefined, retry?: () => void): void {
    if (loading?.failure !== undefined) {
      this.show(title, loading.failure, retry);
    }
  }

  /** Shows the failure of a call nobody waits for. */
  watch(call: Promise<unknown>): void {
    call.catch((thrown: unknown) => this.show('That did not work', thrown));
  }

  clear(): void {
    this.set(undefined);
  }

  render(): TemplateResult | typeof nothing {
    if (!this.current) {
      return nothing;
    }
    const { failure, retry, title } = this.current;
    const onDismiss = () => this.clear();
    const onRetry = retry && (() => (onDismiss(), retry()));
    return failureNotice(failure, { title, onDismiss, ...(onRetry && { onRetry }) });
  }

  private set(failure: ActionFailure | undefined): void {
    this.current = failure;
    this.host.requestUpdate();
  }
}
