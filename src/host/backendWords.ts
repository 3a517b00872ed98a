import type { BackendName, BackendsReport, BackendStatus } from '../protocol/backends';

/** The backend that large products go to. */
export function backendInUse(report: BackendsReport): BackendName {
  return report.backends.find(({ active }) => active)?.name ?? 'wasm';
}

/** `in use`, `available`, `not installed`, `not available`. */
export function stateOf({ active, available, installed }: BackendStatus): string {
  if (active) {
    return 'in use';
  }
  return available ? 'available' : installed ? 'not available' : 'not installed';
}

/** Version and device, or the reason and what to do. */
export function detailOf({ detail, device, available }: BackendStatus): string {
  return available && device !== undefined ? `${detail}, on ${device}` : detail;
}

/** Where `auto` sends products, in a sentence; undefined where there is nothing to choose from. */
export function routeInWords({ calibration, route }: BackendsReport): string | undefined {
  if (!calibration) {
    return undefined;
  }
  const steps = route.map(({ from, backend }) =>
    from === 1 ? backend : `from ${from} × ${from} on ${backend}`,
  );
  const date = calibration.measuredAt.slice(0, 10);
  return `Measured on ${date}: large products are computed on ${steps.join(', ')}.`;
}

/** The tooltip, as Markdown: each backend, its version, or why not. */
export function describeInMarkdown(report: BackendsReport): string {
  const rows = report.backends.map(
    (status) =>
      `| ${status.active ? `**${status.name}**` : status.name} | ${stateOf(status)} | ${escaped(detailOf(status))} |`,
  );
  const chosen =
    report.choice === 'auto' ? 'chosen automatically' : `chosen by the setting: ${report.choice}`;
  return [
    `TensorPress computes on **${backendInUse(report)}** (${chosen}).`,
    ['| Backend | State | Version, or why not |', '| --- | --- | --- |', ...rows].join('\n'),
    ...(report.problem === undefined ? [] : [escaped(report.problem)]),
    ...[routeInWords(report)].filter((text) => text !== undefined),
    'Click to choose another.',
  ].join('\n\n');
}

/** Reasons hold file names and messages of libraries, which are to be read as they are. */
function escaped(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]()#+\-.!|<>~$]/g, '\\$&');
}
