import type {
  InspectorHost,
  InspectorPageEvents,
  InspectorState,
} from '../../src/protocol/inspector';
import { openPageHost } from '../host';
import { mountInspector } from './mount';

mountInspector(openPageHost<InspectorHost, InspectorPageEvents, InspectorState>());
