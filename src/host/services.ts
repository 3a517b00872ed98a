import type { ExtensionContext, LogOutputChannel } from 'vscode';
import type { EngineClient } from '../worker/engineClient';
import type { BackendMonitor } from './backendMonitor';
import type { LocalFiles } from './localFiles';

/** What activation builds once and every command and view is given. */
export interface Services {
  readonly context: ExtensionContext;
  readonly log: LogOutputChannel;
  readonly engine: EngineClient;
  readonly files: LocalFiles;
  readonly backends: BackendMonitor;
}
