import type { WeightsFile } from '../../formats/format';
import { readTensor } from '../../formats/tensorData';
import type { ChoicesProgress, ChoicesRequest, ChoicesResult } from '../../protocol/engine';
import { UsageError } from '../../failures';
import { startBackend } from '../backends/backend';
import type { Method } from '../decompositions/decomposition';
import { unattended, type Job } from '../job';
import { isSvdOf } from '../ranks/rankForm';
import { requireNotPressed } from '../press/pressedHeader';
import type { Choice, Skipped, TensorCost } from './choice';
import { breathe, runChoiceTask, type ChoiceTeam, type MethodOutcome } from './choiceTask';
import { requireChoicesRequest } from './choicesRequest';
import { costOf, isFloat } from './costs';
import { ineligibleReason, measure, tooLargeReason, unusableReason } from './eligibility';
import { matchesAnyGlob } from './globs';
import { requestedLevels, type Levels } from './levels';
import { splitForTeam } from './schedule';
import type { Subject } from './tensorChoices';
import { WorkProgress, type Turn } from './workProgress';
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
 * has all in the file's order. The same for the same input, whatever else is asked for and however
 * many there are in the `team`, which computes small tensors side by side.
 * @throws UsageError for a request that makes no sense, no tensor that matches, or a pressed file.
 */
export async function fileChoices(
  file: WeightsFile,
  request: ChoicesRequest,
  job: Job = unattended,
  emit: (part: ChoicesProgress) => void = () => {},
  team?: ChoiceTeam,
): Promise<ChoicesResult> {
  const started = performance.now();
  requireChoicesRequest(request);
  requireNotPressed(file);
  const backend = await startBackend();
  const levels = requestedLevels(request);

  const progress = new WorkProgress(job, emit);
  const measured = await measureTensors(file, request, progress, job.memoryLimit);
  const phases = phasesOf(measured.candidates, [...new Set(request.methods)]);
  progress.expect(
    phases.flat().map(({ candidate, methods }) => workOfTask(candidate, methods, levels)),
  );
  progress.tell({ choices: [], skipped: measured.skipped, tensors: measured.costs });

  const choices: Choice[] = [];
  const skipped = [...measured.skipped];
  let misfit: string | undefined;
  const collect = (task: Task, outcome: MethodOutcome, turn: Turn): void => {
    choices.push(...outcome.choices);
    if (outcome.misfit === undefined) {
      turn.end({ choices: outcome.choices, skipped: [] });
      return;
    }
    misfit ??= outcome.misfit;
    const { name, shape } = task.candidate.entry;
    const skip = {
      tensor: name,
      shape,
      // An explicit rank is for one method, and without it the tensor has no choice at all.
      ...(request.rank === undefined && { method: outcome.method }),
      reason: lowerFirst(outcome.misfit),
    };
    skipped.push(skip);
    turn.end({ choices: outcome.choices, skipped: [skip] });
  };
  const runTask = async (task: Task, others: ChoiceTeam | undefined): Promise<void> => {
    const { candidate, methods } = task;
    const { entry, norm } = candidate;
    const work = { methods, levels, seed: request.seed };
    const begin = (method: Method): Turn =>
      progress.begin(`${entry.name}: ${method}`, workOf(method, entry, levels));
    if (others) {
      await others.withValues(entry.parameters, async (values) => {
        values.set((await readTensor(file, entry, job)).data);
        const subject = { entry, norm, tensor: { shape: entry.shape, data: values } };
        const waiting = [...methods];
        let turn = begin(methods[0]);
        await others.run({ subject, ...work }, job, (outcome) => {
          collect(task, outcome, turn);
          waiting.shift();
          turn = waiting.length > 0 ? begin(waiting[0]) : turn;
        });
      });
    } else {
      const subject = { entry, norm, tensor: await readTensor(file, entry, job) };
      let turn: Turn | undefined;
      await runChoiceTask(
        { subject, ...work },
        (method) => (turn = begin(method)),
        (outcome) => turn && collect(task, outcome, turn),
      );
    }
  };
  const others = backend.name === 'wasm' ? team : undefined;
  for (const phase of phases) {
    const weighed = phase.map((task) => ({
      task,
      work: workOfTask(task.candidate, task.methods, levels),
      bytes: 8 * task.candidate.entry.parameters,
    }));
    const { spread, alone } = splitForTeam(weighed, others?.size ?? 1);
    await Promise.all(spread.map(({ task }) => runTask(task, others)));
    for (const { task } of alone) {
      await runTask(task, undefined);
    }
  }
  if (misfit && choices.length === 0 && request.rank !== undefined) {
    throw new UsageError(misfit);
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
      const turn = progress.begin(`${entry.name}: reading`, workOfMeasuring(entry));
      const found = measure((await readTensor(file, entry, turn)).data);
      norms.set(entry.name, found.norm);
      reason ??= unusableReason(found);
      if (reason === undefined) {
        candidates.push({ entry: { ...entry, dtype }, norm: found.norm });
      }
      turn.end();
    }
    if (reason !== undefined) {
      skipped.push({ tensor: entry.name, shape: entry.shape, reason });
    }
  }
  const costs = file.tensors.map((entry) => costOf(entry, norms.get(entry.name)));
  return { costs, candidates, skipped };
}

/** Every tensor's cheap methods, then every tensor's CP. */
function phasesOf(candidates: readonly Candidate[], methods: readonly Method[]): Task[][] {
  const isLate = (method: Method, { entry }: Candidate) =>
    method === 'cp' && !isSvdOf(method, entry.shape);
  return [false, true].map((late) =>
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
