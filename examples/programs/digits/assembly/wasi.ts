// What the program needs of WASI preview 1, declared by hand: nothing else is imported.

@external("wasi_snapshot_preview1", "args_sizes_get")
declare function args_sizes_get(count: usize, bytes: usize): i32;

@external("wasi_snapshot_preview1", "args_get")
declare function args_get(starts: usize, block: usize): i32;

@external("wasi_snapshot_preview1", "fd_read")
declare function fd_read(descriptor: i32, vectors: usize, count: i32, read: usize): i32;

@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(descriptor: i32, vectors: usize, count: i32, written: usize): i32;

@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(code: i32): void;

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const FIRST_READ: usize = 64 << 10;

/** A vector of WASI (address and length) and a number that the host writes. */
const VECTOR: usize = memory.data(12, 4);
const MOVED: usize = VECTOR + 8;

/** Bytes in memory. */
export class Bytes {
  constructor(
    public start: usize,
    public length: usize,
  ) {}
}

/** Stands in for the `abort` that the compiler would import: failed checks of bounds end here. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  unreachable();
}

/** Ends the task with exit code 1 and a reason, which only people see. */
export function fail(reason: string): void {
  const text = String.UTF8.encode("error: " + reason + "\n");
  write(STDERR, changetype<usize>(text), text.byteLength);
  proc_exit(1);
}

/** The number of the task: the first argument after the program's name. */
export function taskIndex(): u32 {
  const sizes = memory.data(8, 4);
  if (args_sizes_get(sizes, sizes + 4) != 0 || load<u32>(sizes) < 2) fail("there is no argument with the task's number");
  const starts = heap.alloc(4 * load<u32>(sizes));
  const block = heap.alloc(load<u32>(sizes, 4));
  if (args_get(starts, block) != 0) fail("the arguments cannot be read");
  let index: u64 = 0;
  let digit = <usize>load<u32>(starts, 4);
  do {
    const value = <u32>load<u8>(digit) - 48;
    index = 10 * index + value;
    if (value > 9 || index > <u64>u32.MAX_VALUE) fail("the task's number is not a decimal number below 2^32");
  } while (load<u8>(++digit) != 0);
  return <u32>index;
}

/** Everything on standard input. */
export function readInput(): Bytes {
  let capacity = FIRST_READ;
  let length: usize = 0;
  let start = heap.alloc(capacity);
  while (true) {
    if (length == capacity) {
      capacity *= 2;
      start = heap.realloc(start, capacity);
    }
    store<u32>(VECTOR, <u32>(start + length));
    store<u32>(VECTOR, <u32>(capacity - length), 4);
    if (fd_read(STDIN, VECTOR, 1, MOVED) != 0) fail("the input cannot be read");
    const read = <usize>load<u32>(MOVED);
    if (read == 0) return new Bytes(start, length);
    length += read;
  }
}

/** Appends to standard output, the task's result. */
export function writeOutput(bytes: Bytes): void {
  if (!write(STDOUT, bytes.start, bytes.length)) fail("the output cannot be written");
}

function write(descriptor: i32, start: usize, length: usize): bool {
  while (length > 0) {
    store<u32>(VECTOR, <u32>start);
    store<u32>(VECTOR, <u32>length, 4);
    if (fd_write(descriptor, VECTOR, 1, MOVED) != 0) return false;
    const written = <usize>load<u32>(MOVED);
    if (written == 0 || written > length) return false;
    start += written;
    length -= written;
  }
  return true;
}
