import { writeFile } from 'node:fs/promises';
import { parameterNames, parameterShapes, type Parameters } from './model';

export async function writeParameters(
  path: string,
  parameters: Parameters,
  metadata: Record<string, string>,
): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const name of parameterNames) {
    const values = (await parameters[name].data()) as Float32Array;
    header[name] = {
      dtype: 'F32',
      shape: parameterShapes[name],
      data_offsets: [offset, offset + values.byteLength],
    };
    offset += values.byteLength;
    parts.push(new Uint8Array(values.slice().buffer));
  }
  let text = JSON.stringify(header);
  while (Buffer.byteLength(text) % 8) text += ' ';
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  await writeFile(path, Buffer.concat([length, Buffer.from(text), ...parts]));
}
