import type { PatternsHost, PatternsPageEvents, PatternsState } from '../../src/protocol/patterns';
import { openPageHost } from '../host';
import { mountPatterns } from './mount';

mountPatterns(openPageHost<PatternsHost, PatternsPageEvents, PatternsState>());
