import type { WeightsFile } from '../../formats/format';
import { readTensor } from '../../formats/tensorData';
import type { ChoicesProgress, ChoicesRequest, ChoicesResult } from '../../protocol/engine';
import { UsageError } from '../../failures';
import { startBackend } from '../backends/backend';
import type { Method } from '../decompositions/decomposition';
import { unattended, type Job } from '../job';
import { requireNotPressed } from '../press/pressedHeader';
import type { Choice, Skipped, TensorCost } from './choice';
import { requireChoicesRequest } from './choicesRequest';
import { costOf, isFloat } from './costs';
import { ineligibleReason, measure, tooLargeReason, unusableReason } from './eligibility';
import { matchesAnyGlob } from './globs';
import { isSvdOf, TensorChoices, type Levels, type Subject } from './tensorChoices';
import { workOf, workOfMeasuring } from './work';

type Candidate = Omit<Subject, 'tensor'>;

/** One tensor's turn for some methods. */
interface Task {
  readonly candidate: Candidate;
  readonly methods: readonly Method[];
}

/**
 * What every method costs and saves at every level on every eligible tensor of `file`. First all
 * tensors are measured (norms, NaN), then come the methods that factorise once for all levels, and
 * CP, which fits anew for each, comes last; `emit` hears of each as soon as it is known, the result
 * has all in the file's order. The same for the same input, whatever else is asked for.
 * @throws UsageError for a request that makes no sense, no tensor that matches, or a pressed file.
 */
export async function fileChoices(
  file: WeightsFile,
  request: ChoicesRequest,
  job: Job = unattended,
  emit: (part: ChoicesProgress) => void = () => {},
): Promise<ChoicesResult> {
  const started = performance.now();
  requireChoicesRequest(request);
  requireNotPressed(file);
  const backend = await startBackend();
  const levels: Levels =
    request.rank === undefined ? { kept: [...new Set(request.kept)] } : { rank: request.rank };

  const progress = new WorkProgress(job, emit);
  const measured = await measureTensors(file, request, progress, job.memoryLimit);
  const tasks = tasksOf(measured.candidates, [...new Set(request.methods)]);
  progress.expect(tasks.map(({ candidate, methods }) => workOfTask(candidate, methods, levels)));
  progress.tell({ choices: [], skipped: measured.skipped, tensors: measured.costs });

  const choices: Choice[] = [];
  const skipped = [...measured.skipped];
  let misfit: UsageError | undefined;
  for (const { candidate, methods } of tasks) {
    const { entry, norm } = candidate;
    const tensor = await readTensor(file, entry, job);
    const ofTensor = new TensorChoices({ entry, norm, tensor }, request.seed);
    for (const method of methods) {
      await breathe();
      const taskJob = progress.begin(`${entry.name}: ${method}`, workOf(method, entry, levels));
      try {
        const found = await ofTensor.of(method, levels, taskJob);
        choices.push(...found);
        progress.end({ choices: found, skipped: [] });
      } catch (error) {
        // An explicit rank may fit some tensors and not others; those it does not fit say so.
        if (!(error instanceof UsageError) || request.rank === undefined) {
          throw error;
        }
        misfit ??= error;
        const skip = { tensor: entry.name, shape: entry.shape, reason: lowerFirst(error.message) };
        skipped.push(skip);
        progress.end({ choices: [], skipped: [skip] });
      }
    }
  }
  if (misfit && choices.length === 0) {
    throw misfit;
  }
  return {
    file: file.name,
    backend: backend.name,
    seed: request.seed,
    elapsedMs: performance.now() - started,
    choices: inOrder(choices, file, request),
    skipped: bySource(skipped, file),
    tensors: measured.costs,
  };
}

/** Costs of all tensors; norms of those asked for; which of these can be factorised. */
async function measureTensors(
  file: WeightsFile,
  request: ChoicesRequest,
  progress: WorkProgress,
  memoryLimit: number | undefined,
): Promise<{ costs: TensorCost[]; candidates: Candidate[]; skipped: Skipped[] }> {
  const matches = matchesAnyGlob(request.tensors);
  const wanted = file.tensors.filter(({ name }) => matches(name));
  if (wanted.length === 0 && request.tensors && request.tensors.length > 0) {
    throw new UsageError(
      `No tensor of "${file.name}" matches ${request.tensors.map((glob) => `"${glob}"`).join(', ')}; \`tensorpress inspect\` lists their names.`,
      { file: file.name, value: request.tensors.join(', ') },
    );
  }
  const norms = new Map<string, number>();
  const candidates: Candidate[] = [];
  const skipped: Skipped[] = [];
  progress.expect(wanted.filter(isFloat).map(workOfMeasuring));
  for (const entry of wanted) {
    const tooLarge = tooLargeReason(entry, memoryLimit);
    let reason = ineligibleReason(entry) ?? tooLarge;
    const { dtype } = entry;
    if (dtype !== undefined && isFloat(entry) && tooLarge === undefined) {
      await breathe();
      const job = progress.begin(`${entry.name}: reading`, workOfMeasuring(entry));
      const found = measure((await readTensor(file, entry, job)).data);
      norms.set(entry.name, found.norm);
      reason ??= unusableReason(found);
      if (reason === undefined) {
        candidates.push({ entry: { ...entry, dtype }, norm: found.norm });
      }
      progress.end();
    }
    if (reason !== undefined) {
      skipped.push({ tensor: entry.name, shape: entry.shape, reason });
    }
  }
  const costs = file.tensors.map((entry) => costOf(entry, norms.get(entry.name)));
  return { costs, candidates, skipped };
}

/** Every tensor's cheap methods, then every tensor's CP. */
function tasksOf(candidates: readonly Candidate[], methods: readonly Method[]): Task[] {
  const isLate = (method: Method, { entry }: Candidate) =>
    method === 'cp' && !isSvdOf(method, entry.shape);
  return [false, true].flatMap((late) =>
    candidates
      .map((candidate) => ({
        candidate,
        methods: methods.filter((method) => isLate(method, candidate) === late),
      }))
      .filter((task) => task.methods.length > 0),
  );
}

function workOfTask({ entry }: Candidate, methods: readonly Method[], levels: Levels): number {
  return methods.reduce((sum, method) => sum + workOf(method, entry, levels), 0);
}

/** Turns finished work into a fraction; the measuring takes the first hundredth. */
class WorkProgress {
  private total = 1;
  private done = 0;
  private current = 0;
  private message = '';
  private phases = 0;

  constructor(
    private readonly job: Job,
    private readonly emit: (part: ChoicesProgress) => void,
  ) {}

  /** A new phase of `work`. */
  expect(work: readonly number[]): void {
    this.total = Math.max(
      1,
      work.reduce((sum, one) => sum + one, 0),
    );
    this.done = 0;
    this.current = 0;
    this.phases++;
  }

  begin(message: string, work: number): Job {
    this.job.throwIfCancelled();
    this.message = message;
    this.current = work;
    this.job.report(this.fraction(0), message);
    return {
      throwIfCancelled: () => this.job.throwIfCancelled(),
      report: (fraction) => this.job.report(this.fraction(fraction), message),
    };
  }

  end(part?: Omit<ChoicesProgress, 'fraction' | 'message'>): void {
    this.done += this.current;
    this.current = 0;
    if (part) {
      this.tell(part);
    }
  }

  tell(part: Omit<ChoicesProgress, 'fraction' | 'message'>): void {
    this.emit({ fraction: this.fraction(0), message: this.message, ...part });
  }

  private fraction(ofCurrent: number): number {
    const share = Math.min(1, (this.done + ofCurrent * this.current) / this.total);
    return this.phases <= 1 ? 0.01 * share : 0.01 + 0.99 * share;
  }
}

function inOrder(choices: Choice[], file: WeightsFile, request: ChoicesRequest): Choice[] {
  const positions = new Map(file.tensors.map(({ name }, i) => [name, i]));
  const position = (choice: Choice) => positions.get(choice.tensor) ?? 0;
  // The sort is stable, so levels stay in the order asked for.
  return choices.sort(
    (a, b) =>
      position(a) - position(b) ||
      request.methods.indexOf(a.method) - request.methods.indexOf(b.method),
  );
}

function bySource(skipped: Skipped[], file: WeightsFile): Skipped[] {
  const positions = new Map(file.tensors.map(({ name }, i) => [name, i]));
  return skipped.sort((a, b) => (positions.get(a.tensor) ?? 0) - (positions.get(b.tensor) ?? 0));
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');
}

/** Lets a caller on the same thread have its turn, to cancel or to show progress. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
