import { commands } from 'vscode';
import type { Uri } from 'vscode';
import { reportFailure } from '../host/messages';
import type { Services } from '../host/services';
import type { CommandId } from './ids';

export interface CommandOptions<A extends unknown[]> {
  /**
   * Whether the arguments come from a program that wants the failure itself, as a rejection, and
   * not a message on the screen.
   */
  isHeadless?(...args: A): boolean;
}

/** The one door for commands: logs the call, reports its failure, disposes with the extension. */
export function registerCommand<A extends unknown[]>(
  { context, log }: Services,
  id: CommandId,
  run: (...args: A) => unknown,
  options: CommandOptions<A> = {},
): void {
  const execute = async (...args: A): Promise<unknown> => {
    log.debug(`Command ${id}`);
    try {
      return await run(...args);
    } catch (thrown) {
      if (options.isHeadless?.(...args)) {
        throw thrown;
      }
      reportFailure(log, id, thrown);
      return undefined;
    }
  };
  context.subscriptions.push(commands.registerCommand(id, execute));
}

/** A command's options, where a program passes them; menus pass their selection there. */
export function optionsOf<T extends object>(argument: T | readonly Uri[] | undefined): Partial<T> {
  return argument === undefined || Array.isArray(argument) ? {} : (argument as T);
}
