/** One way to settle a class: what it takes from the limit, and what it costs. */
export interface KnapsackItem {
  readonly weight: number;
  readonly cost: number;
}

export interface KnapsackResult {
  /** The chosen item of each class, by its index there. */
  readonly chosen: readonly number[];
  readonly weight: number;
  readonly cost: number;
  /** False when even the lightest items exceed the limit; they are then what is chosen. */
  readonly feasible: boolean;
}

interface Candidate extends KnapsackItem {
  readonly index: number;
}

interface Step {
  readonly group: number;
  /** Position in the group's hull that the step leads to. */
  readonly to: number;
  readonly weight: number;
  readonly gain: number;
}

/** Partial solutions that the search may make, over all classes; bounds its time to some 10 ms. */
const searchLimit = 60_000;
/** Partial solutions carried from class to class. */
const widthLimit = 400;

/**
 * The multiple-choice knapsack problem: one item of each class, total weight at most `limit`, least
 * total cost. First the greedy solution along the lower convex hulls, which also bounds what any
 * solution can reach; then a dynamic programme over the items whose reduced cost is within that
 * bound (Pisinger, "A minimal algorithm for the multiple-choice knapsack problem", 1995). Exact
 * unless the programme meets its limits, and then at least as good as the greedy solution.
 * Deterministic; ties go to the lighter item, then to the earlier class.
 */
export function solveKnapsack(
  classes: readonly (readonly KnapsackItem[])[],
  limit: number,
): KnapsackResult {
  const groups = classes.map(undominated);
  const hulls = groups.map(lowerHull);
  const chosen: Candidate[] = hulls.map((hull) => hull[0]);
  let slack = limit - sum(chosen, (item) => item.weight);
  if (slack < 0) {
    return resultOf(chosen, false);
  }

  const steps = stepsOf(hulls);
  const stopped = new Set<number>();
  let base: Candidate[] | undefined;
  let baseSlack = 0;
  let price = 0;
  for (const step of steps) {
    if (stopped.has(step.group)) {
      continue;
    }
    if (step.weight > slack) {
      if (!base) {
        base = [...chosen];
        baseSlack = slack;
        price = step.gain / step.weight;
      }
      stopped.add(step.group);
      continue;
    }
    chosen[step.group] = hulls[step.group][step.to];
    slack -= step.weight;
  }
  if (!base) {
    return resultOf(chosen, true);
  }
  const better = searchCore(
    groups,
    base,
    baseSlack,
    price,
    sum(chosen, (item) => item.cost),
  );
  return resultOf(upgrade(groups, better ?? chosen, limit), true);
}

/** Ascending weight, strictly descending cost. */
function undominated(items: readonly KnapsackItem[]): Candidate[] {
  const sorted = items
    .map(({ weight, cost }, index) => ({ weight, cost, index }))
    .sort((a, b) => a.weight - b.weight || a.cost - b.cost || a.index - b.index);
  const kept: Candidate[] = [];
  for (const item of sorted) {
    const last = kept.at(-1);
    if (!last || item.cost < last.cost) {
      kept.push(item);
    }
  }
  return kept;
}

function lowerHull(items: readonly Candidate[]): Candidate[] {
  const hull: Candidate[] = [];
  for (const item of items) {
    while (hull.length > 1) {
      const a = hull[hull.length - 2];
      const b = hull[hull.length - 1];
      const isAbove =
        (b.cost - a.cost) * (item.weight - a.weight) >=
        (item.cost - a.cost) * (b.weight - a.weight);
      if (!isAbove) {
        break;
      }
      hull.pop();
    }
    hull.push(item);
  }
  return hull;
}

/** All hull edges, steepest first; convexity keeps those of one class in order. */
function stepsOf(hulls: readonly (readonly Candidate[])[]): Step[] {
  return hulls
    .flatMap((hull, group) =>
      hull.slice(1).map((item, position) => ({
        group,
        to: position + 1,
        weight: item.weight - hull[position].weight,
        gain: hull[position].cost - item.cost,
      })),
    )
    .sort((a, b) => b.gain * a.weight - a.gain * b.weight || a.group - b.group || a.to - b.to);
}

/** A partial solution: how far it is from the base, and by which items. */
interface State {
  readonly weight: number;
  readonly cost: number;
  readonly parent: State | undefined;
  readonly group: number;
  readonly item: Candidate | undefined;
}

/**
 * Looks for a solution cheaper than `incumbent` by exchanging items of `base`. With the price of
 * weight at the point where the greedy solution broke off, an exchange's reduced cost tells by how
 * much it moves away from the lower bound; exchanges beyond the gap cannot be part of a better
 * solution.
 */
function searchCore(
  groups: readonly (readonly Candidate[])[],
  base: readonly Candidate[],
  slack: number,
  price: number,
  incumbent: number,
): Candidate[] | undefined {
  const baseCost = sum(base, (item) => item.cost);
  const bound = baseCost - price * slack;
  let gap = incumbent - bound;
  const exchanges = groups
    .map((items, group) => {
      const from = base[group];
      const moves = items
        .filter((item) => item !== from)
        .map((item) => ({ item, weight: item.weight - from.weight, cost: item.cost - from.cost }))
        .map((move) => ({ ...move, reduced: move.cost + price * move.weight }))
        .filter((move) => move.reduced < gap);
      return { group, moves, nearest: Math.min(...moves.map((move) => move.reduced)) };
    })
    .filter(({ moves }) => moves.length > 0)
    .sort((a, b) => a.nearest - b.nearest || a.group - b.group);

  let best: State | undefined;
  let states: State[] = [{ weight: 0, cost: 0, parent: undefined, group: -1, item: undefined }];
  let made = 0;
  for (const { group, moves } of exchanges) {
    if (made > searchLimit) {
      break;
    }
    const next = [...states];
    for (const move of moves) {
      for (const state of states) {
        const weight = state.weight + move.weight;
        const cost = state.cost + move.cost;
        if (cost + price * weight < gap) {
          next.push({ weight, cost, parent: state, group, item: move.item });
        }
      }
    }
    made += next.length;
    next.sort((a, b) => a.weight - b.weight || a.cost - b.cost);
    states = [];
    for (const state of next) {
      const last = states.at(-1);
      if (last && state.cost >= last.cost) {
        continue;
      }
      states.push(state);
      if (state.weight <= slack && baseCost + state.cost < bound + gap) {
        best = state;
        gap = baseCost + state.cost - bound;
      }
    }
    states = narrow(
      states.filter((state) => state.cost + price * state.weight < gap),
      price,
    );
  }
  if (!best) {
    return undefined;
  }
  const solution = [...base];
  for (let state: State | undefined = best; state?.item; state = state.parent) {
    solution[state.group] = state.item;
  }
  return solution;
}

/** The states nearest to the bound, in the order of their weights. */
function narrow(states: State[], price: number): State[] {
  if (states.length <= widthLimit) {
    return states;
  }
  const reduced = (state: State) => state.cost + price * state.weight;
  const limit = states.map(reduced).sort((a, b) => a - b)[widthLimit];
  return states.filter((state) => reduced(state) < limit);
}

/** Spends what is left of the limit on single exchanges, the most rewarding first. */
function upgrade(
  groups: readonly (readonly Candidate[])[],
  chosen: readonly Candidate[],
  limit: number,
): Candidate[] {
  const result = [...chosen];
  let slack = limit - sum(result, (item) => item.weight);
  for (;;) {
    let best: { group: number; item: Candidate; gain: number } | undefined;
    for (const [group, items] of groups.entries()) {
      const from = result[group];
      for (const item of items) {
        const gain = from.cost - item.cost;
        if (item.weight - from.weight <= slack && gain > (best?.gain ?? 0)) {
          best = { group, item, gain };
        }
      }
    }
    if (!best) {
      return result;
    }
    slack -= best.item.weight - result[best.group].weight;
    result[best.group] = best.item;
  }
}

function resultOf(chosen: readonly Candidate[], feasible: boolean): KnapsackResult {
  return {
    chosen: chosen.map((item) => item.index),
    weight: sum(chosen, (item) => item.weight),
    cost: sum(chosen, (item) => item.cost),
    feasible,
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of items) {
    total += of(item);
  }
  return total;
}
