import { commands, window, workspace } from 'vscode';
import type { Uri, WebviewPanel } from 'vscode';
import { commandIds } from '../../commands/ids';
import { CancelledError, FileError, UsageError, rebuildFailure } from '../../failures';
import {
  compressFile,
  defaultOutput,
  defaultPlanFile,
  displayPath,
  uriOfDisplayPath,
} from '../../host/compress';
import { logFailure, openFile, revealFile } from '../../host/messages';
import type { Services } from '../../host/services';
import { readSettings } from '../../host/settings';
import { fileName } from '../../host/weightFiles';
import type {
  ChoicesHost,
  ChoicesPageEvents,
  ChoicesState,
  PlanView,
} from '../../protocol/choices';
import type { CompressReport, Progress } from '../../protocol/engine';
import type { Rpc, Server } from '../../protocol/rpc';
import { connectPage } from '../connectPage';
import { showPage } from '../webview';
import type { ChoicesCache } from './choicesCache';
import { ChoicesStore } from './choicesStore';
import { computeChoices, statSource } from './computeChoices';

/** Choices and plans arrive faster than anyone can look at them. */
const addedEveryMs = 100;
const plannedEveryMs = 300;

export type InitialChoices = Partial<Pick<ChoicesState, 'budget' | 'overrides'>>;

/** The Decomposition Choices of one file: computes them, plans, and writes the pressed file. */
export class ChoicesPanel {
  private readonly store: ChoicesStore;
  private readonly name: string;
  private page: Rpc | undefined;
  private computing: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  private compressing: AbortController | undefined;
  private addedTimer: NodeJS.Timeout | undefined;
  private planTimer: NodeJS.Timeout | undefined;
  private planDue = false;
  private isPlanning = false;
  private stamp: string | undefined;
  private disposed = false;

  constructor(
    private readonly services: Services,
    private readonly cache: ChoicesCache,
    readonly uri: Uri,
    private readonly panel: WebviewPanel,
    initial: InitialChoices,
  ) {
    const { context, log } = services;
    this.name = fileName(uri);
    this.store = new ChoicesStore(
      { uri: uri.toString(), file: workspace.asRelativePath(uri) },
      initial.budget ?? { kept: defaultKept(uri) },
      initial.overrides ?? [],
    );
    const connection = connectPage(
      panel.webview,
      (rpc) => {
        this.page = rpc;
        rpc.serve<ChoicesHost>(this.createHost());
      },
      (error) => log.error(`Choices of ${this.name}: ${error.message}`),
    );
    panel.onDidDispose(() => {
      this.disposed = true;
      connection.dispose();
      clearTimeout(this.addedTimer);
      clearTimeout(this.planTimer);
      this.computing?.stop.abort();
    });
    panel.title = `Choices: ${this.name}`;
    showPage(panel.webview, {
      extensionUri: context.extensionUri,
      name: 'choices',
      title: panel.title,
    });
    this.compute({ useCache: true });
  }

  reveal(): void {
    this.panel.reveal();
  }

  private createHost(): Server<ChoicesHost> {
    return {
      ready: ({ state }) => {
        if (state && this.store.adopt(state)) {
          this.schedulePlan(0);
        }
        return this.store.model;
      },
      plan: async ({ budget, overrides }) => {
        this.store.setBudget(budget, overrides);
        return this.logged('Planning', () => this.plan());
      },
      savePlan: () => this.logged('Saving the plan', () => this.savePlan()),
      compress: () => this.logged('Compressing', () => this.compress()),
      cancel: ({ what }) =>
        what === 'choices' ? this.computing?.stop.abort() : this.compressing?.abort(),
      restart: async () => {
        // Again and again: two restarts at once wait for the same computation, and one goes first.
        while (this.computing) {
          this.computing.stop.abort();
          await this.computing.done;
        }
        this.compute({ useCache: false });
      },
      reveal: ({ path }) => revealFile(uriOfDisplayPath(path)),
      open: ({ path }) => openFile(uriOfDisplayPath(path)),
      copyLoader: async () => {
        await commands.executeCommand(commandIds.copyLoader);
      },
    };
  }

  /** The page shows the failure; the log keeps it. */
  private async logged<T>(doing: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (thrown) {
      logFailure(this.services.log, `${doing} (${this.name})`, thrown);
      throw thrown;
    }
  }

  private emit<K extends keyof ChoicesPageEvents>(event: K, payload: ChoicesPageEvents[K]): void {
    this.page?.emit<ChoicesPageEvents, K>(event, payload);
  }

  private compute(options: { readonly useCache: boolean }): void {
    const stop = new AbortController();
    const done = this.computeUntil(stop.signal, options.useCache)
      .catch((thrown: unknown) => {
        this.store.fail(logFailure(this.services.log, `Choices of ${this.name}`, thrown));
      })
      .then(() => {
        this.computing = undefined;
        clearTimeout(this.addedTimer);
        this.addedTimer = undefined;
        this.emit('model', this.store.model);
        this.schedulePlan(0);
      });
    this.computing = { stop, done };
  }

  private async computeUntil(signal: AbortSignal, useCache: boolean): Promise<void> {
    const result = await computeChoices(this.services, this.uri, {
      signal,
      cache: useCache ? this.cache : { ...this.cache, read: () => Promise.resolve(undefined) },
      onBegin: (size, settings, stamp) => {
        this.stamp = stamp;
        this.store.begin(size, settings, this.name);
        this.emit('model', this.store.model);
      },
      onProgress: (part) => {
        this.store.add(part);
        this.scheduleAdded();
        if (part.choices.length > 0) {
          this.schedulePlan(plannedEveryMs);
        }
      },
    });
    this.store.finish(result);
  }

  private scheduleAdded(): void {
    this.addedTimer ??= setTimeout(() => {
      this.addedTimer = undefined;
      const added = this.store.takeAdded();
      if (added) {
        this.emit('added', added);
      }
    }, addedEveryMs);
  }

  /** Plans soon; once more afterwards if it was asked for while planning. */
  private schedulePlan(afterMs: number): void {
    this.planDue = true;
    if (!this.disposed && !this.isPlanning) {
      this.planTimer ??= setTimeout(() => void this.planNow(), afterMs);
    }
  }

  private async planNow(): Promise<void> {
    this.planTimer = undefined;
    this.planDue = false;
    this.isPlanning = true;
    try {
      const request = this.store.planRequest;
      const planned = request && (await this.services.engine.plan(request));
      if (planned && this.store.setPlanned(request, planned)) {
        this.emit('planned', planned);
      }
    } catch (thrown) {
      logFailure(this.services.log, `Planning (${this.name})`, thrown);
    } finally {
      this.isPlanning = false;
    }
    if (this.planDue) {
      this.schedulePlan(plannedEveryMs);
    }
  }

  /** The best plan for the current budget; waits for the choices if there are none yet. */
  private async plan(): Promise<PlanView> {
    if (!this.store.planRequest) {
      await this.computing?.done;
    }
    const request = this.store.planRequest;
    if (!request) {
      const { failure } = this.store.model;
      throw failure ? rebuildFailure(failure) : new CancelledError();
    }
    const planned = await this.services.engine.plan(request);
    this.store.setPlanned(request, planned);
    return planned;
  }

  private async savePlan(): Promise<string | undefined> {
    const target = await window.showSaveDialog({
      title: 'Save Plan',
      defaultUri: defaultPlanFile(this.uri),
      filters: { 'Compression Plans': ['json'] },
    });
    if (!target) {
      return undefined;
    }
    const { plan } = await this.plan();
    const text = await this.services.engine.formatPlan({ plan });
    await workspace.fs.writeFile(target, new TextEncoder().encode(text));
    return displayPath(target);
  }

  private async compress(): Promise<CompressReport | undefined> {
    this.assertIdle();
    const output = await window.showSaveDialog({
      title: 'Compress Weights',
      saveLabel: 'Compress',
      defaultUri: defaultOutput(this.uri),
      filters: { Safetensors: ['safetensors'] },
    });
    if (!output) {
      return undefined;
    }
    // Another call may have got its name first.
    this.assertIdle();
    const stop = new AbortController();
    this.compressing = stop;
    const show = (progress: Progress) => {
      this.store.setCompressing(progress);
      this.emit('compressProgress', progress);
    };
    show({ fraction: 0 });
    try {
      const { plan } = await this.planAsShown();
      await this.assertUnchanged();
      const report = await compressFile(this.services, {
        source: this.uri,
        plan,
        output,
        signal: stop.signal,
        onProgress: show,
      });
      this.store.setCompressed(report);
      return report;
    } finally {
      this.compressing = undefined;
      this.store.setCompressing(undefined);
      this.emit('model', this.store.model);
    }
  }

  private assertIdle(): void {
    if (this.compressing) {
      throw new UsageError(`${this.name} is being compressed already.`, { file: this.name });
    }
  }

  /** The plan from the choices so far: whoever compresses now does not want the rest computed. */
  private async planAsShown(): Promise<PlanView> {
    if (this.store.planRequest) {
      this.computing?.stop.abort();
      await this.computing?.done;
    }
    return this.plan();
  }

  private async assertUnchanged(): Promise<void> {
    if ((await statSource(this.uri)).stamp !== this.stamp) {
      throw new FileError(
        `${this.name} has changed since its choices were computed. Compute them again first.`,
        { file: this.name },
      );
    }
  }
}

function defaultKept(uri: Uri): number {
  try {
    return readSettings(uri).defaultKept;
  } catch {
    // The computation reads the same settings and reports what is wrong with them.
    return 0.5;
  }
}
