import { workerData } from 'node:worker_threads';
import { ControlBlock } from './claims';
import { instantiate } from './module';
import type { ThreadContext } from './operation';
import { operations } from './operations';
import type { KernelThreadData } from './team';

const { module, memory, scratch } = workerData as KernelThreadData;
const context: ThreadContext = { exports: instantiate(module, memory), memory, scratch };
const control = new ControlBlock(memory);

// Ends when its owner terminates it.
for (let epoch = control.epochNow(); ; epoch = control.waitForNext(epoch)) {
  const operation = operations[control.kindNow()];
  const parameters = control.parameters.slice();
  for (let item = control.take(epoch); item >= 0; item = control.take(epoch)) {
    try {
      operation(context, parameters, item);
      control.finished(true);
    } catch {
      // The owner waits for every item, and reports that one went wrong.
      control.finished(false);
    }
  }
}
