import type { ChoiceTask, MethodOutcome } from '../engine/selection/choiceTask';

/** What the batch worker may ask of the members of its team. */
export interface MemberContract {
  /** The values of the subject's tensor lie in shared memory. */
  choices(task: ChoiceTask, progress: (outcome: MethodOutcome) => void): null;
}
