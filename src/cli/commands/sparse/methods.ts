import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../../../failures';
import type { SparseMethodOffer, SparseOffer } from '../../../protocol/sparse';
import { print, type CliContext } from '../../context';
import { jsonOption } from '../../options';
import { allowedValues, settingsText, valueText } from '../../sparseAttempts';
import { sparseTensorOption } from '../../sparseOptions';
import { printable, renderTable } from '../../table';
import { readOffer } from './offer';

interface Options {
  readonly tensor?: string;
  readonly json?: boolean;
}

export function addSparseMethods(sparse: Command, context: CliContext): void {
  sparse
    .command('methods')
    .description('list the methods and their settings, and what to try on a file')
    .argument('[file]', '.mtx or .tns (also .gz), .npz of SciPy, or a weights file')
    .addOption(sparseTensorOption())
    .addOption(jsonOption())
    .action(async (path: string | undefined, { tensor, json }: Options) => {
      if (path === undefined) {
        if (tensor !== undefined) {
          throw new UsageError('--tensor names a tensor of a file: give the file as well.');
        }
        const { methods } = await offerOfAny(context);
        const settings = methods.map(withoutSuggestions);
        print(context, json, { methods: settings }, () => describeMethods(settings));
        return;
      }
      const { methods, info } = await readOffer(context, path, tensor);
      print(context, json, { file: path, methods }, () =>
        describeMethods(methods, info.dims.length),
      );
    });
}

type MethodInfo = Omit<SparseMethodOffer, 'suggested' | 'unavailable'> &
  Partial<Pick<SparseMethodOffer, 'suggested' | 'unavailable'>>;

/** Settings are the same for every file; the engine tells them of one, and this is one. */
async function offerOfAny(context: CliContext): Promise<SparseOffer> {
  const folder = await mkdtemp(join(tmpdir(), 'tensorpress-'));
  try {
    const path = join(folder, 'any.mtx');
    await writeFile(path, '%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 1\n2 2\n');
    return await readOffer(context, path, undefined);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function withoutSuggestions(offer: SparseMethodOffer): MethodInfo {
  const { method, title, description, options, writes, isTrained } = offer;
  return { method, title, description, options, writes, isTrained };
}

function describeMethods(methods: readonly MethodInfo[], modes?: number): string[] {
  return methods.flatMap((method, i) => [...(i === 0 ? [] : ['']), ...describe(method, modes)]);
}

function describe(
  { method, title, description, options, suggested = [], unavailable, writes }: MethodInfo,
  modes: number | undefined,
): string[] {
  return [
    `${method}: ${title}`,
    `  ${description}`,
    `  Writes .${writes}.`,
    ...(unavailable === undefined ? [] : [`  Not available: ${printable(unavailable)}`]),
    // Not cut off at the terminal's edge: the end of a line is what it means.
    ...renderTable(
      [{ title: '  Setting' }, { title: 'Default' }, { title: 'Values' }, { title: 'Meaning' }],
      options.map((option) => [
        `  ${option.name}`,
        valueText(option.default),
        allowedValues(option, modes),
        option.description,
      ]),
    ),
    ...suggested.map((attempt) => `  --try '${[method, settingsText(attempt)].join(' ').trim()}'`),
  ];
}
