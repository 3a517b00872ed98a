import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import type {
  Choice,
  ChoicesHost,
  ChoicesModel,
  ChoicesPageEvents,
  ChoicesState,
  CompressReport,
  FailureData,
  PlanBudget,
  PlanOverride,
  PlanView,
} from '../../src/protocol/choices';
import type { Client } from '../../src/protocol/rpc';
import { failureNotice } from '../components/failureNotice';
import { LightElement } from '../components/lightElement';
import { waiting } from '../components/progressLine';
import type { Column, Sort } from '../components/table';
import { failureOf, isCancelled } from '../host';
import type { PageHost } from '../host';
import { LatestWins } from '../latestWins';
import { budgetPanel, outcomePanel } from './budgetPanel';
import { choiceDetail } from './choiceDetail';
import { choicesHead } from './choicesHead';
import { planRows, withoutOverride, withOverride } from './planRows';
import type { PlanRow } from './planRows';
import { resultPanel } from './resultPanel';
import { statusArea } from './statusArea';
import type { ActionFailure, Compressing } from './statusArea';
import { isExcluded, tensorColumns } from './tensorColumns';
import { tensorList } from './tensorList';

export type ChoicesPageHost = PageHost<ChoicesHost, ChoicesPageEvents, ChoicesState>;

interface PlanQuestion {
  readonly budget: PlanBudget;
  readonly overrides: readonly PlanOverride[];
}

/** Decomposition Choices: a budget, what it comes to, and what every tensor costs and saves. */
export class ChoicesPage extends LightElement {
  static override properties = {
    model: { state: true },
    failure: { state: true },
    actionFailure: { state: true },
    budget: { state: true },
    overrides: { state: true },
    applied: { state: true },
    typed: { state: true },
    selected: { state: true },
    filter: { state: true },
    sort: { state: true },
    hiddenMethods: { state: true },
    logY: { state: true },
    compressing: { state: true },
    report: { state: true },
    said: { state: true },
  };

  declare private model: ChoicesModel | undefined;
  declare private failure: FailureData | undefined;
  declare private actionFailure: ActionFailure | undefined;
  declare private budget: PlanBudget;
  declare private overrides: readonly PlanOverride[];
  /** The overrides under which the plan on show was made. */
  declare private applied: readonly PlanOverride[];
  declare private typed: { text: string; problem: string } | undefined;
  declare private selected: string | undefined;
  declare private filter: string;
  declare private sort: Sort | undefined;
  declare private hiddenMethods: ReadonlySet<string>;
  declare private logY: boolean;
  declare private compressing: Compressing | undefined;
  declare private report: CompressReport | undefined;
  /** The last thing that happened, for eyes and screen readers. */
  declare private said: string;

  private readonly client: Client<ChoicesHost>;
  private readonly planner: LatestWins<PlanQuestion, PlanView>;
  /** Whether a call of this page to compress has yet to be answered. */
  private isAsking = false;
  /** The output whose report was dismissed. */
  private dismissed: string | undefined;
  private rows: readonly PlanRow[] = [];
  private columns: readonly Column<PlanRow>[] = [];

  constructor(private readonly host: ChoicesPageHost) {
    super();
    this.id = 'choices';
    this.className = 'page';
    const state = host.readState();
    this.model = undefined;
    this.failure = undefined;
    this.actionFailure = undefined;
    this.budget = state?.budget ?? { kept: 0.25 };
    this.overrides = state?.overrides ?? [];
    this.applied = this.overrides;
    this.typed = undefined;
    this.selected = state?.selected;
    this.filter = '';
    this.sort = undefined;
    this.hiddenMethods = new Set();
    this.logY = false;
    this.compressing = undefined;
    this.report = undefined;
    this.said = '';
    this.client = host.connect({
      model: (model) => this.replace(model),
      added: (added) => this.add(added),
      planned: (planned) => this.take(planned),
      compressProgress: (progress) => (this.compressing = progress),
    });
    this.planner = new LatestWins(
      (question) => this.client.plan(question),
      (planned, { overrides }) => this.showPlan(planned, overrides),
      (thrown) => this.fail('The plan could not be computed', thrown, () => this.replan()),
    );
    void this.start(state);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!this.model) {
      return;
    }
    if (['model', 'overrides', 'applied'].some((name) => changed.has(name))) {
      this.rows = planRows(this.model, this.overrides, this.applied);
    }
    if (changed.has('model') || changed.has('compressing')) {
      this.columns = tensorColumns({
        largest: this.rows.reduce((most, { bytes }) => Math.max(most, bytes), 1),
        disabled: this.compressing !== undefined,
        onExclude: (row, excluded) => this.exclude(row, excluded),
      });
    }
  }

  protected override render(): TemplateResult {
    if (this.failure) {
      return html`<main class="page-message">
        ${failureNotice(this.failure, {
          title: 'The choices could not be opened',
          onRetry: () => void this.start(this.host.readState()),
        })}
      </main>`;
    }
    if (!this.model) {
      return html`<main class="page-message">${waiting('Opening the weights…')}</main>`;
    }
    const { model } = this;
    return html`
      ${choicesHead({
        model,
        isCompressing: this.compressing !== undefined,
        said: this.said,
        onSavePlan: () => void this.savePlan(),
        onCompress: () => void this.compress(),
      })}
      ${statusArea({
        model,
        compressing: this.compressing,
        actionFailure: this.actionFailure,
        onCancel: (what) => this.act(this.client.cancel({ what })),
        onRestart: () => this.restart(),
        onDismiss: () => (this.actionFailure = undefined),
      })}
      ${
        this.report
          ? resultPanel(this.report, {
              onReveal: () => this.withReport(({ output }) => this.client.reveal({ path: output })),
              onOpen: () => this.withReport(({ output }) => this.client.open({ path: output })),
              onCopyLoader: () => this.copyLoader(),
              onDismiss: () => this.dismissReport(),
            })
          : nothing
      }
      <div class="cards">
        ${budgetPanel({
          budget: this.budget,
          typed: this.typed,
          disabled: this.compressing !== undefined,
          onBudget: (budget) => this.setBudget(budget),
          onProblem: (typed) => (this.typed = typed),
        })}
        ${outcomePanel({
          planned: model.planned,
          fileBytes: model.fileBytes,
          isComputing: model.progress !== undefined,
          onCompute:
            model.progress || model.failure || model.cancelled ? undefined : () => this.restart(),
        })}
      </div>
      <main class="split">
        <div class="split-list">${this.renderList(model)}</div>
        <section class="split-detail" id="tensor-detail" aria-label="Selected tensor" tabindex="-1">
          ${this.renderDetail(model)}
        </section>
      </main>
    `;
  }

  private renderList(model: ChoicesModel): TemplateResult {
    return tensorList({
      rows: this.rows,
      columns: this.columns,
      filter: this.filter,
      sort: this.sort,
      selected: this.selected,
      overrides: this.overrides.length,
      isComputing: model.progress !== undefined,
      disabled: this.compressing !== undefined,
      onFilter: (filter) => (this.filter = filter),
      onSort: (sort) => (this.sort = sort),
      onSelect: (name) => this.select(name),
      onToggle: (name) => this.toggleExclude(name),
      onActivate: () => this.querySelector<HTMLElement>('#tensor-detail')?.focus(),
      onClearOverrides: () => this.setOverrides([]),
    });
  }

  private renderDetail(model: ChoicesModel): TemplateResult {
    const row = this.rows.find(({ name }) => name === this.selected);
    if (!row) {
      return html`<p class="empty" id="select-hint">
        Select a tensor to compare what each method would keep and lose.
      </p>`;
    }
    return choiceDetail({
      row,
      methods: model.methods,
      hidden: this.hiddenMethods,
      logY: this.logY,
      isComputing: model.progress !== undefined,
      disabled: this.compressing !== undefined,
      onToggleMethod: (method) => this.toggleMethod(method),
      onLogY: (logY) => (this.logY = logY),
      onPick: (choice) => this.pick(choice),
      onDense: () => this.exclude(row, true),
      onAutomatic: () => this.setOverrides(withoutOverride(this.overrides, row.name)),
    });
  }

  private async start(state: ChoicesState | undefined): Promise<void> {
    this.failure = undefined;
    try {
      this.replace(await this.client.ready({ state }));
    } catch (thrown) {
      this.failure = failureOf(thrown);
    }
  }

  private replace(model: ChoicesModel): void {
    this.failure = undefined;
    this.model = model;
    if (!this.planner.busy) {
      this.budget = model.budget;
      this.overrides = model.overrides;
      this.applied = model.overrides;
    }
    if (!this.isAsking) {
      this.compressing = model.compressing;
      this.report = model.compressed?.output === this.dismissed ? undefined : model.compressed;
    }
    this.selectFirst();
    this.save();
  }

  /** Something to look at before the first click. */
  private selectFirst(): void {
    this.selected ??= this.model?.choices[0]?.tensor;
  }

  private add(added: ChoicesPageEvents['added']): void {
    const { model } = this;
    if (model) {
      this.model = {
        ...model,
        tensors: [...model.tensors, ...added.tensors],
        choices: [...model.choices, ...added.choices],
        skipped: [...model.skipped, ...added.skipped],
        progress: added.progress,
      };
      this.selectFirst();
    }
  }

  /** A plan the host made by itself; one that is being asked for is newer. */
  private take(planned: PlanView): void {
    if (!this.planner.busy) {
      this.showPlan(planned, this.overrides);
    }
  }

  private showPlan(planned: PlanView, applied: readonly PlanOverride[]): void {
    if (this.model) {
      this.model = { ...this.model, planned };
      this.applied = applied;
    }
  }

  private replan(): void {
    this.planner.request({ budget: this.budget, overrides: this.overrides });
    this.save();
  }

  private setBudget(budget: PlanBudget): void {
    this.budget = budget;
    this.typed = undefined;
    this.replan();
  }

  private setOverrides(overrides: readonly PlanOverride[]): void {
    this.overrides = overrides;
    this.replan();
  }

  private select(name: string): void {
    this.selected = name;
    this.save();
  }

  private exclude(row: PlanRow, excluded: boolean): void {
    this.setOverrides(
      excluded
        ? withOverride(this.overrides, { tensor: row.name, method: 'dense' })
        : withoutOverride(this.overrides, row.name),
    );
  }

  private toggleExclude(name: string): void {
    const row = this.rows.find((one) => one.name === name);
    if (row && row.skipped === undefined && this.compressing === undefined) {
      this.exclude(row, !isExcluded(row));
    }
  }

  private pick({ tensor, method, kept }: Choice): void {
    const override = { tensor, method, ...(kept === undefined ? {} : { kept }) };
    this.setOverrides(withOverride(this.overrides, override));
  }

  private toggleMethod(method: string): void {
    const hidden = new Set(this.hiddenMethods);
    if (!hidden.delete(method)) {
      hidden.add(method);
    }
    this.hiddenMethods = hidden;
  }

  private async savePlan(): Promise<void> {
    this.said = '';
    try {
      await this.planner.settled();
      const path = await this.client.savePlan({});
      this.said = path === undefined ? '' : `Plan saved as ${path}.`;
    } catch (thrown) {
      this.fail('The plan could not be saved', thrown, () => void this.savePlan());
    }
  }

  private async compress(): Promise<void> {
    this.said = '';
    this.actionFailure = undefined;
    this.report = undefined;
    this.compressing = 'naming';
    this.isAsking = true;
    this.dismissed = undefined;
    try {
      await this.planner.settled();
      const report = await this.client.compress({});
      this.compressing = undefined;
      this.report = report;
      if (report) {
        await this.updateComplete;
        this.querySelector<HTMLElement>('#result')?.focus();
      }
    } catch (thrown) {
      this.compressing = undefined;
      if (isCancelled(thrown)) {
        this.said = 'Compression cancelled; nothing was written.';
      } else {
        this.fail('The file could not be written', thrown, () => void this.compress());
      }
    } finally {
      this.isAsking = false;
    }
  }

  private restart(): void {
    this.act(this.client.restart({}));
  }

  private withReport(run: (report: CompressReport) => Promise<unknown>): void {
    if (this.report) {
      this.act(run(this.report));
    }
  }

  private dismissReport(): void {
    this.dismissed = this.report?.output;
    this.report = undefined;
  }

  private copyLoader(): void {
    this.act(
      this.client
        .copyLoader({})
        .then(() => (this.said = 'The PyTorch loader is on the clipboard.')),
    );
  }

  private act(call: Promise<unknown>): void {
    call.catch((thrown: unknown) => this.fail('That did not work', thrown));
  }

  private fail(title: string, thrown: unknown, retry?: () => void): void {
    if (!isCancelled(thrown)) {
      const failure = failureOf(thrown);
      this.actionFailure = retry ? { title, failure, retry } : { title, failure };
    }
  }

  private save(): void {
    if (this.model) {
      const { budget, overrides, selected } = this;
      const state = { uri: this.model.uri, budget, overrides };
      this.host.writeState(selected === undefined ? state : { ...state, selected });
    }
  }
}
