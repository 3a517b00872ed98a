import type { Command } from 'commander';
import type { CliContext } from '../context';
import { addSparseCompare } from './sparse/compare';
import { addSparseCompress } from './sparse/compress';
import { addSparseDecode } from './sparse/decode';
import { addSparseInfo } from './sparse/info';
import { addSparseMethods } from './sparse/methods';

export function addSparse(program: Command, context: CliContext): void {
  const sparse = program.command('sparse').description('sparse matrices and tensors');
  addSparseInfo(sparse, context);
  addSparseMethods(sparse, context);
  addSparseCompare(sparse, context);
  addSparseCompress(sparse, context);
  addSparseDecode(sparse, context);
}
