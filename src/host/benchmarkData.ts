import type { BenchmarkInfo } from '../protocol/benchmarks';
import { pickFile } from './pick';
import type { Services } from './services';

/** Of files worth listing by themselves; a text of coordinates may be any text. */
const listedExtensions = ['mtx', 'mtx.gz', 'tns', 'tns.gz', 'npz'];

/**
 * Asks for a file for a benchmark to run on, one of the workspace's or any other. Resolves to a local
 * path with its content; undefined when dismissed, and for a benchmark that takes none.
 */
export async function chooseBenchmarkData(
  { files }: Services,
  { title, data }: BenchmarkInfo,
): Promise<string | undefined> {
  const uri =
    data &&
    (await pickFile(`Run Benchmark: ${title}`, {
      placeHolder: data.description,
      extensions: listedExtensions,
      filters: { [data.title]: [...data.extensions], 'All Files': ['*'] },
    }));
  return uri && files.pathOf(uri);
}
