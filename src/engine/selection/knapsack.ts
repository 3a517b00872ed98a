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

/** The lower convex hull of a class and the gain per weight of its edges, descending. */
interface Hull {
  readonly items: readonly Candidate[];
  readonly slopes: readonly number[];
}

/** Partial solutions that the search may make, over all classes; bounds its time to some 5 ms. */
const searchLimit = 12_000;
/** Partial solutions carried from class to class. */
const widthLimit = 200;

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
  const cheapest = groups.map((items) => items[items.length - 1]);
  if (weightOf(cheapest) <= limit) {
    return resultOf(cheapest, true);
  }
  const lightest = groups.map((items) => items[0]);
  if (weightOf(lightest) > limit) {
    return resultOf(lightest, false);
  }
  const { base, price } = walkHulls(groups.map(lowerHull), limit);
  const greedy = upgrade(groups, base, limit);
  const better = searchCore(groups, base, limit - weightOf(base), price, costOf(greedy));
  return resultOf(better ? upgrade(groups, better, limit) : greedy, true);
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

function lowerHull(items: readonly Candidate[]): Hull {
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
  const slopes = hull
    .slice(1)
    .map((item, i) => (hull[i].cost - item.cost) / (item.weight - hull[i].weight));
  return { items: hull, slopes };
}

/** Edges left between the two prices when the bisection ends and sorting takes over. */
const fewEdges = 32;

/**
 * Takes the hulls' edges in the order of their slopes until the first that does not fit: the items
 * reached, and that edge's slope, the price of weight there. Bisection on the price, so that the
 * edges need not all be sorted.
 */
function walkHulls(hulls: readonly Hull[], limit: number): { base: Candidate[]; price: number } {
  const sloping = hulls.filter((hull) => hull.slopes.length > 0);
  let high = 2 * sloping.reduce((most, { slopes }) => Math.max(most, slopes[0]), 0);
  let low = sloping.reduce((least, { slopes }) => Math.min(least, ...slopes.slice(-1)), high);
  let fits = hulls.map((hull) => edgesTaken(hull, high));
  let exceeds = hulls.map((hull) => edgesTaken(hull, low));
  for (let round = 0; round < 64 && sum(exceeds) - sum(fits) > fewEdges; round++) {
    const price = Math.sqrt(low) * Math.sqrt(high);
    const taken = hulls.map((hull) => edgesTaken(hull, price));
    if (weightOf(taken.map((edges, group) => hulls[group].items[edges])) <= limit) {
      high = price;
      fits = taken;
    } else {
      low = price;
      exceeds = taken;
    }
  }

  const base = fits.map((edges, group) => hulls[group].items[edges]);
  let slack = limit - weightOf(base);
  const between = hulls
    .flatMap(({ items, slopes }, group) =>
      slopes
        .slice(fits[group], exceeds[group])
        .map((slope, i) => ({ group, slope, item: items[fits[group] + i + 1] })),
    )
    .sort((a, b) => b.slope - a.slope || a.group - b.group);
  for (const { group, slope, item } of between) {
    const weight = item.weight - base[group].weight;
    if (weight > slack) {
      return { base, price: slope };
    }
    base[group] = item;
    slack -= weight;
  }
  return { base, price: low };
}

/** How many edges are at least as steep as `price`. */
function edgesTaken({ slopes }: Hull, price: number): number {
  let low = 0;
  let high = slopes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (slopes[middle] >= price) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
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
  const baseCost = costOf(base);
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
  let slack = limit - weightOf(result);
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
    weight: weightOf(chosen),
    cost: costOf(chosen),
    feasible,
  };
}

function weightOf(items: readonly Candidate[]): number {
  return items.reduce((total, item) => total + item.weight, 0);
}

function costOf(items: readonly Candidate[]): number {
  return items.reduce((total, item) => total + item.cost, 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
