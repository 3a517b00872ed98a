import { ProgressLocation, window } from 'vscode';
import type { Progress } from '../protocol/engine';

export interface Task<T> {
  readonly title: string;
  /** Stops the task from elsewhere, such as a page's button. */
  readonly signal?: AbortSignal;
  /** Only tasks that take longer are worth a notification. */
  readonly appearAfterMs?: number;
  run(signal: AbortSignal, report: (progress: Progress) => void): Promise<T>;
}

/** Runs a task under a notification with a Cancel button that stops it. */
export async function runWithNotification<T>(task: Task<T>): Promise<T> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  if (task.signal?.aborted) {
    abort();
  }
  task.signal?.addEventListener('abort', abort, { once: true });

  let latest: Progress | undefined;
  let show: ((progress: Progress) => void) | undefined;
  const result = task.run(stop.signal, (progress) => {
    latest = progress;
    show?.(progress);
  });
  const notify = () =>
    void window.withProgress(
      { location: ProgressLocation.Notification, cancellable: true, title: task.title },
      async (notification, token) => {
        token.onCancellationRequested(abort);
        let shown = 0;
        show = ({ fraction, message }) => {
          const increment = Math.max(0, fraction * 100 - shown);
          shown += increment;
          notification.report({ increment, message });
        };
        if (latest) {
          show(latest);
        }
        // How it ends is the caller's business; the notification only goes away.
        await result.then(
          () => {},
          () => {},
        );
      },
    );
  const timer = setTimeout(notify, task.appearAfterMs ?? 0);
  try {
    return await result;
  } finally {
    clearTimeout(timer);
    task.signal?.removeEventListener('abort', abort);
  }
}
