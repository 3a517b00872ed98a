import { gzipSync } from 'node:zlib';
import { ZipFile } from 'yazl';

export interface TarMember {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly mode?: number;
  /** Makes it a symbolic link. */
  readonly to?: string;
}

/** A `.tar.gz`, written by the definition of ustar; names of over 100 bytes as GNU does. */
export function tarGz(members: readonly TarMember[]): Buffer {
  const blocks = members.flatMap((member) =>
    member.name.length > 100
      ? [
          ...entry({ name: '././@LongLink', content: `${member.name}\0` }, 'L'),
          ...entry({ ...member, name: member.name.slice(0, 100) }, '0'),
        ]
      : entry(member, member.to === undefined ? '0' : '2'),
  );
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

function entry({ name, content = '', mode = 0o644, to = '' }: TarMember, type: string): Buffer[] {
  const data = Buffer.from(content);
  const header = Buffer.alloc(512);
  const octal = (value: number, length: number) => value.toString(8).padStart(length - 1, '0');
  header.write(name, 0);
  header.write(octal(mode, 8), 100);
  header.write(octal(data.length, 12), 124);
  header.fill(' ', 148, 156);
  header.write(type, 156);
  header.write(to, 157);
  header.write('ustar\0' + '00', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 7)}\0`, 148);
  return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
}

export async function zip(members: Readonly<Record<string, string>>): Promise<Buffer> {
  const file = new ZipFile();
  for (const [name, content] of Object.entries(members)) {
    file.addBuffer(Buffer.from(content), name);
  }
  file.end();
  const chunks: Buffer[] = [];
  for await (const chunk of file.outputStream) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
