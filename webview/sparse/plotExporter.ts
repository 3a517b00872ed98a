import type { SparseHost, SparseModelView } from '../../src/protocol/sparse';
import type { Client } from '../../src/protocol/rpc';
import { base64 } from '../base64';
import type { ActionFailures } from '../components/actionFailures';
import { scenePng, themeInks } from '../components/scatter/scenePng';
import { sceneSvg } from '../components/scatter/sceneSvg';
import type { PressScatter } from '../components/scatter/scatter';
import { pointsCsv } from './csv';
import type { MeasuredPoint } from './plotData';
import type { PlotFormat } from './plotPanel';

/** Pixels of a picture for each unit of it: as sharp as print needs. */
const PNG_SCALE = 2;

export interface ExportSubject {
  /** What the file is called before its extension. */
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly points: readonly MeasuredPoint[];
}

/** What is exported of a file's points, and what it is called. */
export function exportSubject(
  { file, tensor }: SparseModelView,
  points: readonly MeasuredPoint[],
  withOrders: boolean,
): ExportSubject {
  const base = (file.split(/[\\/]/).at(-1) ?? file).replace(/\.[^.]+$/, '');
  const counted = withOrders ? ', orders included' : '';
  return {
    name: `${tensor === undefined ? base : `${base}.${tensor}`}.errors`,
    title: tensor === undefined ? file : `${file}: ${tensor}`,
    caption: `Error against bytes${counted}; dashed: the raw coordinates; dotted: smallest error at a size`,
    points,
  };
}

/** Takes the plot out of the page: as a picture, or its numbers as a table. */
export class PlotExporter {
  /** @param say tells eyes and screen readers what has happened. */
  constructor(
    private readonly client: Client<SparseHost>,
    private readonly failures: ActionFailures,
    private readonly say: (words: string) => void,
  ) {}

  async save(
    subject: ExportSubject,
    scatter: PressScatter | undefined,
    format: PlotFormat,
  ): Promise<void> {
    this.say('');
    try {
      const name = `${subject.name}.${format}`;
      const content = await contentOf(subject, scatter, format);
      const path = await this.client.save({ name, content });
      this.say(path === undefined ? '' : `Exported as ${path}.`);
    } catch (thrown) {
      this.failures.show('The plot could not be exported', thrown);
    }
  }
}

async function contentOf(
  { caption, points, title }: ExportSubject,
  scatter: PressScatter | undefined,
  format: PlotFormat,
): Promise<{ readonly text: string } | { readonly base64: string }> {
  if (format === 'csv') {
    return { text: pointsCsv(points) };
  }
  if (!scatter) {
    throw new Error('There is no plot to export yet.');
  }
  const scene = scatter.exported({ title, caption });
  return format === 'svg'
    ? { text: sceneSvg(scene, themeInks(), title) }
    : { base64: base64(new Uint8Array(await scenePng(scene, themeInks(), PNG_SCALE))) };
}
