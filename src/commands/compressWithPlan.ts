import { window, workspace } from 'vscode';
import type { Uri } from 'vscode';
import { compressFile, defaultOutput } from '../host/compress';
import { browseForWeights } from '../host/pick';
import type { Services } from '../host/services';
import { fileName, sibling } from '../host/weightFiles';
import type { Plan } from '../protocol/choices';
import { commandIds } from './ids';
import { optionsOf, registerCommand } from './registerCommand';

/** With an `output`, the command asks nothing and returns the report or rejects. */
export interface CompressWithPlanOptions {
  readonly output?: Uri;
  /** Instead of the file that the plan names. */
  readonly source?: Uri;
}

export function registerCompressWithPlan(services: Services): void {
  type Options = CompressWithPlanOptions | readonly Uri[];
  const run = async (uri?: Uri, options?: Options) => {
    const planFile = uri ?? (await choosePlan());
    if (!planFile) {
      return undefined;
    }
    const plan = await readPlan(services, planFile);
    const direct = optionsOf(options);
    if (direct.output) {
      const source = direct.source ?? namedSource(planFile, plan);
      return compressFile(services, { source, plan, output: direct.output });
    }
    const source = await findSource(planFile, plan);
    const output =
      source &&
      (await window.showSaveDialog({
        title: 'Compress with Plan',
        defaultUri: defaultOutput(source),
        filters: { Safetensors: ['safetensors'] },
      }));
    return source && output && compressFile(services, { source, plan, output });
  };
  registerCommand(services, commandIds.compressWithPlan, run, {
    isHeadless: (_, options) => optionsOf(options).output !== undefined,
  });
}

async function choosePlan(): Promise<Uri | undefined> {
  const active = window.activeTextEditor?.document.uri;
  if (active?.path.endsWith('.press.json')) {
    return active;
  }
  const picked = await window.showOpenDialog({
    title: 'Compress with Plan',
    openLabel: 'Choose Plan',
    filters: { 'Compression Plans': ['json'] },
  });
  return picked?.[0];
}

async function readPlan({ engine }: Services, uri: Uri): Promise<Plan> {
  const text = new TextDecoder().decode(await workspace.fs.readFile(uri));
  return engine.readPlan({ text, file: fileName(uri) });
}

function namedSource(planFile: Uri, plan: Plan): Uri {
  return sibling(planFile, plan.source.file);
}

/** The file that the plan names, beside it; where that is missing, the user says where it is. */
async function findSource(planFile: Uri, plan: Plan): Promise<Uri | undefined> {
  const named = namedSource(planFile, plan);
  try {
    await workspace.fs.stat(named);
    return named;
  } catch {
    return browseForWeights(`Where is ${plan.source.file}?`);
  }
}
