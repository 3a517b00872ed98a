import type {
  Choice,
  CompressReport,
  Method,
  PlanBudget,
  PlanEntry,
  PlanOverride,
  PlanView,
  Skipped,
  TensorCost,
} from '../../src/protocol/choices';
import type { FileSummary, TensorStatistics, Thumbnail } from '../../src/protocol/inspector';

export const methods: readonly Method[] = ['svd', 'cp', 'tucker', 'tt', 'kronecker'];
export const levels: readonly number[] = [0.1, 0.25, 0.5, 0.75, 0.9];

const shapes: readonly (readonly [name: string, shape: readonly number[], dtype?: string])[] = [
  ['conv1.weight', [64, 3, 7, 7]],
  ['bn1.weight', [64]],
  ['bn1.running_mean', [64]],
  ...[1, 2, 3, 4].flatMap((layer) =>
    [0, 1].flatMap((block) => {
      const width = 32 * 2 ** layer;
      const input = block === 0 && layer > 1 ? width / 2 : width;
      return [
        [`layer${layer}.${block}.conv1.weight`, [width, input, 3, 3]],
        [`layer${layer}.${block}.bn1.weight`, [width]],
        [`layer${layer}.${block}.conv2.weight`, [width, width, 3, 3]],
        [`layer${layer}.${block}.bn2.weight`, [width]],
      ] as [string, number[]][];
    }),
  ),
  ['fc.weight', [1000, 512]],
  ['fc.bias', [1000]],
  ['<img src=x onerror="document.title=\'hacked\'">.weight', [128, 96], 'float16'],
  ['steps', [], 'int64'],
];

const itemBytes: Readonly<Record<string, number>> = { float32: 4, float16: 2, int64: 8 };
const count = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

export const tensors: readonly TensorCost[] = shapes.map(([tensor, shape, dtype = 'float32']) => ({
  tensor,
  shape,
  dtype,
  parameters: count(shape),
  bytes: count(shape) * (itemBytes[dtype] ?? 4),
  macs: shape.length > 1 ? count(shape) : 0,
  norm: Math.sqrt(count(shape)) * 0.02,
}));

const isEligible = ({ shape }: TensorCost) => shape.length === 2 || shape.length === 4;

export const skipped: readonly Skipped[] = tensors
  .filter((tensor) => !isEligible(tensor))
  .map(({ tensor, shape }) => ({
    tensor,
    shape,
    reason:
      shape.length === 0
        ? 'It is a single number.'
        : `It has ${shape.length} dimension; only matrices and convolutions can be factorised.`,
  }));

const strength: Readonly<Record<Method, number>> = {
  svd: 1,
  cp: 0.9,
  tucker: 0.82,
  tt: 0.88,
  kronecker: 1.12,
  block: 1.2,
  kpd: 1.3,
};

/** The choices of one tensor: smooth curves that differ by method, and by tensor. */
export function choicesOf(tensor: TensorCost): Choice[] {
  if (!isEligible(tensor)) {
    return [];
  }
  const { shape, parameters, bytes, macs } = tensor;
  const isMatrix = shape.length === 2;
  const seed = [...tensor.tensor].reduce(
    (sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 97,
    7,
  );
  return methods.flatMap((method) =>
    levels.map((kept): Choice => {
      const likeSvd = isMatrix && method !== 'kronecker';
      const exponent = (likeSvd ? 1 : strength[method]) * (1 + seed / 140);
      const rank = Math.max(1, Math.round((kept * Math.sqrt(parameters)) / 4));
      const relative = (1 - kept * 0.97) ** (1.9 / exponent);
      const used = Math.round(parameters * kept * (0.96 + (seed % 5) / 125));
      const norm = tensor.norm ?? 1;
      const profitable = kept < 0.9;
      return {
        tensor: tensor.tensor,
        shape,
        method,
        kept,
        rank: rankFor(method, rank, shape),
        parameters: used,
        denseParameters: parameters,
        keptActual: used / parameters,
        bytes: Math.round((bytes * used) / parameters),
        denseBytes: bytes,
        macs: Math.round((macs * used) / parameters),
        denseMacs: macs,
        error: { absolute: relative * norm, relative, scaled: (relative * norm) / parameters },
        profitable,
        ...(profitable ? {} : { reason: 'It saves fewer multiply-adds than it adds.' }),
        elapsedMs: 3,
      };
    }),
  );
}

function rankFor(method: Method, rank: number, shape: readonly number[]) {
  if (method === 'tucker') {
    return shape.map((size) => Math.min(size, rank));
  }
  if (method === 'tt') {
    return [1, ...shape.slice(1).map((size) => Math.min(size, rank)), 1];
  }
  return rank;
}

export const choices: readonly Choice[] = tensors.flatMap(choicesOf);

/** A plain plan, good enough to look at: the best choice within the budget for each tensor. */
export function planFor(
  budget: PlanBudget,
  overrides: readonly PlanOverride[],
  known: readonly Choice[],
): PlanView {
  const entries = tensors.map((tensor): PlanEntry => {
    const own = known.filter((choice) => choice.tensor === tensor.tensor);
    const override = overrides.find((one) => one.tensor === tensor.tensor);
    const best = override ? overridden(own, override) : automatic(own, budget);
    return best
      ? {
          tensor: tensor.tensor,
          method: best.method,
          rank: best.rank,
          kept: best.keptActual,
          relativeError: best.error.relative,
          reason: override ? 'Taken by hand.' : 'Smallest error within the budget.',
        }
      : {
          tensor: tensor.tensor,
          method: 'dense',
          kept: 1,
          relativeError: 0,
          reason: override
            ? 'Kept dense by hand.'
            : own.length > 0
              ? 'No choice pays under this budget.'
              : (skipped.find((one) => one.tensor === tensor.tensor)?.reason ??
                'It has no choices yet.'),
        };
  });
  const chosen = entries.map((entry) =>
    known.find(
      (choice) =>
        choice.tensor === entry.tensor &&
        choice.method === entry.method &&
        choice.keptActual === entry.kept,
    ),
  );
  const sum = (value: (tensor: TensorCost, choice: Choice | undefined) => number) =>
    tensors.reduce((total, tensor, index) => total + value(tensor, chosen[index]), 0);
  const absolute = Math.sqrt(sum((_, choice) => (choice?.error.absolute ?? 0) ** 2));
  const norm = Math.sqrt(sum((tensor) => (tensor.norm ?? 0) ** 2));
  const feasible = !('kept' in budget) || budget.kept >= 0.1;
  return {
    plan: {
      version: 1,
      source: { file: 'resnet18.safetensors' },
      budget,
      seed: 0,
      tensors: entries,
    },
    summary: {
      feasible,
      ...(feasible
        ? {}
        : {
            reason: 'The smallest choices of all tensors together keep 10.2 % of the parameters.',
          }),
      parameters: sum((tensor, choice) => choice?.parameters ?? tensor.parameters),
      denseParameters: sum((tensor) => tensor.parameters),
      bytes: sum((tensor, choice) => choice?.bytes ?? tensor.bytes),
      denseBytes: sum((tensor) => tensor.bytes),
      addedHeaderBytes: 300 * tensors.length,
      macs: sum((tensor, choice) => choice?.macs ?? tensor.macs),
      denseMacs: sum((tensor) => tensor.macs),
      error: { absolute, relative: absolute / norm },
    },
  };
}

function overridden(own: readonly Choice[], override: PlanOverride): Choice | undefined {
  return own.find(({ method, kept }) => method === override.method && kept === override.kept);
}

function automatic(own: readonly Choice[], budget: PlanBudget): Choice | undefined {
  const fitting = own.filter(
    ({ profitable, keptActual, error }) =>
      profitable &&
      ('kept' in budget ? keptActual <= budget.kept : error.relative <= budget.maxError),
  );
  const cost = (choice: Choice) =>
    'kept' in budget ? choice.error.relative : choice.keptActual + choice.error.relative * 1e-3;
  return fitting.sort((a, b) => cost(a) - cost(b))[0];
}

export function reportFor({ plan, summary }: PlanView): CompressReport {
  return {
    source: '/workspace/models/resnet18.safetensors',
    output: '/workspace/models/resnet18.press.safetensors',
    sourceBytes: summary.denseBytes + 5120,
    outputBytes: summary.bytes + 9216,
    parameters: summary.parameters,
    denseParameters: summary.denseParameters,
    macs: summary.macs,
    denseMacs: summary.denseMacs,
    error: summary.error,
    sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    backend: 'wasm',
    elapsedMs: 12_345,
    tensors: plan.tensors.map((entry, index) => {
      const tensor = tensors[index];
      const parameters = tensor?.parameters ?? 0;
      const bytes = tensor?.bytes ?? 0;
      return {
        tensor: entry.tensor,
        method: entry.method,
        ...(entry.rank === undefined ? {} : { rank: entry.rank }),
        parameters: Math.round(parameters * entry.kept),
        denseParameters: parameters,
        bytes: Math.round(bytes * entry.kept),
        denseBytes: bytes,
        relativeError: entry.relativeError,
        reason: entry.reason,
      };
    }),
  };
}

export function fileSummary(options: { pressed?: boolean; rows?: number } = {}): FileSummary {
  const rows = tensors.map(({ tensor, shape, dtype, parameters, bytes }) => ({
    name: tensor,
    shape,
    dtype,
    parameters,
    bytes,
    ...(tensor === 'steps'
      ? { problem: "Type 'F8_E4M3' is not known to this version; update TensorPress." }
      : {}),
  }));
  const many = Array.from({ length: options.rows ?? 0 }, (_, index) => ({
    name: `decoder.layers.${index}.weight`,
    shape: [64, 64],
    dtype: 'float32',
    parameters: 4096,
    bytes: 16_384,
  }));
  const all = options.rows === undefined ? rows : many;
  return {
    path: '/workspace/models/resnet18.safetensors',
    name: options.pressed ? 'resnet18.press.safetensors' : 'resnet18.safetensors',
    format: 'safetensors',
    size: all.reduce((sum, { bytes }) => sum + bytes, 5120),
    modified: 0,
    tensors: all,
    parameters: all.reduce((sum, { parameters }) => sum + parameters, 0),
    metadata: {
      format: 'pt',
      training: JSON.stringify({
        epochs: 90,
        optimiser: 'sgd',
        accuracy: 0.6976,
        seeds: [1, 2, 3],
      }),
      licence: 'Permission is hereby granted, free of charge. '.repeat(40),
    },
    ...(options.pressed
      ? {
          pressed: {
            source: 'resnet18.safetensors',
            sourceFormat: 'safetensors',
            toolVersion: '0.1.0',
            tensors: tensors.filter(isEligible).map(({ tensor, shape, dtype }, index) => ({
              tensor,
              method: methods[index % methods.length] ?? 'svd',
              rank: rankFor(methods[index % methods.length] ?? 'svd', 12 + index, shape),
              shape,
              dtype,
              relativeError: 0.02 * (index + 1),
              factors: [tensor],
            })),
          },
        }
      : {}),
  };
}

export function statisticsOf(tensor: string): { first: TensorStatistics; whole: TensorStatistics } {
  const cost = tensors.find((one) => one.tensor === tensor) ?? tensors[0];
  const size = cost?.parameters ?? 1;
  const bins = 64;
  const counts = Array.from({ length: bins }, (_, bin) =>
    Math.round((size / 12) * Math.exp(-(((bin - 30) / 9) ** 2))),
  );
  const first: TensorStatistics = {
    tensor,
    count: size,
    nonFinite: tensor.includes('layer4.1.conv2') ? 3 : 0,
    zeros: Math.round(size / 300),
    min: -0.412_34,
    max: 0.465_21,
    mean: -0.000_081_2,
    std: 0.0213,
    histogram: { low: -0.412_34, high: 0.465_21, counts },
  };
  if (!cost || cost.shape.length < 2) {
    return {
      first,
      whole: { ...first, spectrumUnavailable: 'A vector has no singular-value spectrum.' },
    };
  }
  const rows = cost.shape[0] ?? 1;
  const columns = size / rows;
  const rank = Math.min(rows, columns);
  return {
    first,
    whole: {
      ...first,
      spectrum: {
        matrix: [rows, columns],
        singularValues: Array.from(
          { length: rank },
          (_, index) => 9 * Math.exp(-index / (rank / 4.5)) + 0.03,
        ),
        ranks: {
          energy90: Math.ceil(rank * 0.24),
          energy95: Math.ceil(rank * 0.33),
          energy99: Math.ceil(rank * 0.52),
        },
      },
    },
  };
}

/** A picture with a diagonal, a different one for each tensor; of a vector a single row. */
export function thumbnailOf(tensor: string, size: number): Thumbnail {
  const shape = tensors.find((one) => one.tensor === tensor)?.shape ?? [64, 64];
  const rows = shape.length < 2 ? 1 : Math.min(size, shape[0] ?? 1);
  const columns = Math.min(size, count(shape) / (shape.length < 2 ? 1 : (shape[0] ?? 1)));
  const phase = [...tensor].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 97, 7);
  const values = Uint8Array.from({ length: rows * columns }, (_, cell) => {
    const [row, column] = [Math.floor(cell / columns) / rows, (cell % columns) / columns];
    const wave = 0.5 + 0.5 * Math.sin(phase + 9 * row * column);
    return Math.round(255 * Math.max(wave * 0.6, Math.exp(-20 * (row - column) ** 2)));
  });
  return { tensor, rows, columns, values: values.buffer };
}
