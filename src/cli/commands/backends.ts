import type { Command } from 'commander';
import type { BackendsReport } from '../../protocol/backends';
import { print, type CliContext } from '../context';
import { jsonOption } from '../options';
import { renderTable } from '../table';
import { formatSeconds } from '../text';

export function addBackends(program: Command, context: CliContext): void {
  program
    .command('backends')
    .description('list the array backends, which one is used, and why not the others')
    .addOption(jsonOption())
    .action(async ({ json }: { json?: boolean }) => {
      const report = await context.engine.backends({}, { signal: context.signal });
      print(context, json, report, () => describeBackends(report));
    });
}

function describeBackends(report: BackendsReport): string[] {
  const { backends, route, calibration, problem, adapters } = report;
  return [
    ...renderTable(
      [{ title: 'Backend' }, { title: 'State' }, { title: 'Version, or why not' }],
      backends.map(({ name, available, active, detail, device }) => [
        name,
        active ? 'in use' : available ? 'available' : 'not available',
        device === undefined ? detail : `${detail}, on ${device}`,
      ]),
    ),
    ...(problem === undefined ? [] : ['', problem]),
    ...(adapters.length > 1 ? ['', `Graphics adapters: ${adapters.join(', ')}.`] : []),
    ...(calibration
      ? [
          '',
          `Measured on ${calibration.measuredAt.slice(0, 10)} in ${formatSeconds(calibration.elapsedMs)}: products of n × n in f32 go to ${describeSteps(route)}.`,
        ]
      : []),
  ];
}

/** `wasm, from n = 512 to tensorflow`. */
function describeSteps(route: BackendsReport['route']): string {
  return route
    .map(({ from, backend }) => (from === 1 ? backend : `from n = ${from} to ${backend}`))
    .join(', ');
}
