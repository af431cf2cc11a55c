/**
 * Archives in cpio's "newc" format (kernel tree, Documentation/driver-api/early-userspace/
 * buffer-format.rst), as the kernel unpacks them from an initrd. The result depends on the
 * entries alone: no times, no owners but root, inode numbers in order.
 */
export type CpioEntry =
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly mode: number;
      readonly content: Uint8Array;
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'charDevice';
      readonly path: string;
      readonly mode: number;
      readonly major: number;
      readonly minor: number;
    };

const typeBits = {
  folder: 0o040000,
  file: 0o100000,
  link: 0o120000,
  charDevice: 0o020000,
} as const;
const linkMode = 0o777;

export function cpioArchive(entries: readonly CpioEntry[]): Buffer {
  const parts = entries.map((entry, i) => record(entry, i + 1));
  const trailer = fields('TRAILER!!!', { inode: 0, mode: 0, links: 1, size: 0, device: [0, 0] });
  return Buffer.concat([...parts, trailer]);
}

function record(entry: CpioEntry, inode: number): Buffer {
  const content = contentOf(entry);
  const header = fields(entry.path, {
    inode,
    mode: typeBits[entry.kind] | (entry.kind === 'link' ? linkMode : entry.mode),
    links: entry.kind === 'folder' ? 2 : 1,
    size: content.length,
    device: entry.kind === 'charDevice' ? [entry.major, entry.minor] : [0, 0],
  });
  return Buffer.concat([header, padded(content)]);
}

function contentOf(entry: CpioEntry): Uint8Array {
  if (entry.kind === 'file') return entry.content;
  return entry.kind === 'link' ? Buffer.from(entry.target, 'utf8') : new Uint8Array(0);
}

interface Fields {
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  readonly size: number;
  readonly device: readonly [number, number];
}

function fields(path: string, f: Fields): Buffer {
  const name = Buffer.from(`${path}\0`, 'utf8');
  // inode mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const numbers = [f.inode, f.mode, 0, 0, f.links, 0, f.size, 0, 0, ...f.device, name.length, 0];
  const text = `070701${numbers.map((n) => n.toString(16).padStart(8, '0')).join('')}`;
  return padded(Buffer.concat([Buffer.from(text, 'latin1'), name]));
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
