// node bench/trainingCurve.mjs TRAINING.csv OUT.svg [--limit PUBLISHED_ERROR]
// Draws the squared error against wall seconds of a training, as `neukronTraining.mjs` has written it.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { limit: { type: 'string' } },
});
const [source, target] = positionals;
if (!source || !target) {
  throw new Error('Usage: node bench/trainingCurve.mjs TRAINING.csv OUT.svg [--limit ERROR]');
}
const [names, ...rows] = readFileSync(source, 'utf8')
  .split('\n')
  .filter((line) => line && !line.startsWith('#'))
  .map((line) => line.split(','));
const column = (name) => rows.map((row) => Number(row[names.indexOf(name)]));
const seconds = column('wall');
const errors = column('best');
const published = values.limit === undefined ? undefined : Number(values.limit);

const size = { width: 720, height: 360 };
const frame = { left: 76, right: 20, top: 16, bottom: 48 };
const inner = {
  width: size.width - frame.left - frame.right,
  height: size.height - frame.top - frame.bottom,
};
const longest = seconds.at(-1);
const step = tickStep(Math.max(...errors) - Math.min(...errors, published ?? Infinity));
const low = Math.floor(Math.min(...errors, published ?? Infinity) / step) * step;
const high = Math.ceil(Math.max(...errors) / step) * step;
const x = (value) => round(frame.left + (value / longest) * inner.width);
const y = (value) => round(frame.top + ((high - value) / (high - low)) * inner.height);

const points = seconds.map((value, i) => `${x(value)},${y(errors[i])}`).join(' ');
const horizontal = ticks(low, high, step).map(
  (value) =>
    `<line x1="${frame.left}" x2="${size.width - frame.right}" y1="${y(value)}" y2="${y(value)}" stroke="#8884"/>` +
    label(frame.left - 8, y(value) + 4, value.toLocaleString('en'), 'end'),
);
const everySecond = tickStep(longest);
const vertical = ticks(0, longest, everySecond).map((value) =>
  label(x(value), size.height - frame.bottom + 20, String(value), 'middle'),
);
const reference =
  published === undefined
    ? ''
    : `<line x1="${frame.left}" x2="${size.width - frame.right}" y1="${y(published)}" y2="${y(published)}" stroke="#c40" stroke-dasharray="5 4"/>` +
      label(
        frame.left + 6,
        y(published) - 6,
        `published: ${published.toLocaleString('en')}`,
        'start',
      );
const centre = frame.left + inner.width / 2;
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12" fill="#555">
<rect width="100%" height="100%" fill="#fff"/>
${[...horizontal, ...vertical].join('\n')}
${reference}
<polyline points="${points}" fill="none" stroke="#06c" stroke-width="2"/>
${label(centre, size.height - 8, 'seconds', 'middle')}
<text transform="rotate(-90)" x="${-(frame.top + inner.height / 2)}" y="14" text-anchor="middle">squared error</text>
</svg>
`;
writeFileSync(target, svg);

function label(left, top, text, anchor) {
  return `<text x="${left}" y="${top}" text-anchor="${anchor}">${text}</text>`;
}

function ticks(from, to, every) {
  return Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, i) => from + i * every);
}

/** 1, 2 or 5 times a power of ten, some six to a range. */
function tickStep(range) {
  const power = 10 ** Math.floor(Math.log10(range / 6));
  const factor = [1, 2, 5, 10].find((times) => times * power >= range / 6);
  return factor * power;
}

function round(value) {
  return Math.round(value * 10) / 10;
}
