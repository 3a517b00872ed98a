import type { Command } from 'commander';
import { print, type CliContext } from '../context';
import { jsonOption } from '../options';
import { renderTable } from '../table';

export function addBackends(program: Command, context: CliContext): void {
  program
    .command('backends')
    .description('list the array backends and which one is used')
    .addOption(jsonOption())
    .action(async ({ json }: { json?: boolean }) => {
      const backends = await context.engine.backends({}, { signal: context.signal });
      print(context, json, { backends }, () =>
        renderTable(
          [{ title: 'Backend' }, { title: 'State' }, { title: 'Version, or why not' }],
          backends.map(({ name, available, active, detail }) => [
            name,
            active ? 'in use' : available ? 'available' : 'not available',
            detail,
          ]),
        ),
      );
    });
}
