import type { SparseHost, SparsePageEvents, SparseState } from '../../src/protocol/sparse';
import { openPageHost } from '../host';
import { mountSparse } from './mount';

mountSparse(openPageHost<SparseHost, SparsePageEvents, SparseState>());
