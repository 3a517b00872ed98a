import type { ChoicesHost, ChoicesPageEvents, ChoicesState } from '../../src/protocol/choices';
import { openPageHost } from '../host';
import { mountChoices } from './mount';

mountChoices(openPageHost<ChoicesHost, ChoicesPageEvents, ChoicesState>());
