import { writeLargeLayer } from './largeLayer';

async function main(): Promise<void> {
  const [path, seed = '0'] = process.argv.slice(2);
  if (!path || !/^\d+$/.test(seed)) {
    throw new Error('Usage: node bench/writeLargeLayer.mjs FILE.safetensors [SEED]');
  }
  const singularValues = await writeLargeLayer(path, { seed: Number(seed) });
  const first = singularValues[0].toFixed(3);
  const last = singularValues[singularValues.length - 1].toFixed(3);
  console.log(`${path}: ${singularValues.length} singular values known, from ${first} to ${last}.`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
