import { Uri, env, window, workspace } from 'vscode';
import { reportCsv } from '../../benchmarks/export/csv';
import { reportMarkdown } from '../../benchmarks/export/markdown';
import { displayPath } from '../../host/compress';
import { announceFile } from '../../host/messages';
import type { BenchmarkReport, BenchmarksHost } from '../../protocol/benchmarks';
import { formatReport } from './storedReport';

type Format = Parameters<BenchmarksHost['exportAs']>[0]['format'];

const formats: Readonly<
  Record<
    Format,
    {
      readonly name: string;
      readonly extension: string;
      readonly write: (report: BenchmarkReport) => string;
    }
  >
> = {
  markdown: { name: 'Markdown', extension: 'md', write: reportMarkdown },
  csv: { name: 'CSV', extension: 'csv', write: reportCsv },
  json: { name: 'JSON', extension: 'json', write: formatReport },
};

/** Asks for a name and writes the report there. @returns the path, or undefined when dismissed. */
export async function exportReport(
  report: BenchmarkReport,
  format: Format,
): Promise<string | undefined> {
  const { extension, name, write } = formats[format];
  const target = await window.showSaveDialog({
    title: `Export Report as ${name}`,
    saveLabel: 'Export',
    defaultUri: defaultTarget(`${report.id}-${report.startedAt.slice(0, 10)}.${extension}`),
    filters: { [name]: [extension] },
  });
  if (!target) {
    return undefined;
  }
  await workspace.fs.writeFile(target, new TextEncoder().encode(write(report)));
  const path = displayPath(target);
  announceFile(`Exported the report as ${path}.`, target);
  return path;
}

/** Puts the report on the clipboard as Markdown. */
export async function copyReport(report: BenchmarkReport): Promise<void> {
  await env.clipboard.writeText(reportMarkdown(report));
}

/** In the workspace's first folder; without one, where the system suggests. */
function defaultTarget(name: string): Uri {
  const folder = workspace.workspaceFolders?.[0];
  return folder ? Uri.joinPath(folder.uri, name) : Uri.file(name);
}
