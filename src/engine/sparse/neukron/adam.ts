/** Adam (D. Kingma, J. Ba, 2015): first and second moments in f64, and the steps taken so far. */
export interface AdamState {
  readonly first: Float64Array;
  readonly second: Float64Array;
  steps: number;
}

const decayFirst = 0.9;
const decaySecond = 0.999;
const epsilon = 1e-8;

export function adamState(count: number): AdamState {
  return { first: new Float64Array(count), second: new Float64Array(count), steps: 0 };
}

export function copyAdam(state: AdamState): AdamState {
  return { first: state.first.slice(), second: state.second.slice(), steps: state.steps };
}

/** One step of the parameters against `gradient`, both state and parameters in place. */
export function adamStep(
  state: AdamState,
  parameters: Float32Array,
  gradient: Float64Array,
  rate: number,
): void {
  const { first, second } = state;
  const steps = ++state.steps;
  const size = rate / (1 - decayFirst ** steps);
  const correction = 1 / (1 - decaySecond ** steps);
  for (let i = 0; i < parameters.length; i++) {
    const d = gradient[i];
    first[i] += (1 - decayFirst) * (d - first[i]);
    second[i] += (1 - decaySecond) * (d * d - second[i]);
    parameters[i] -= (size * first[i]) / (Math.sqrt(second[i] * correction) + epsilon);
  }
}
