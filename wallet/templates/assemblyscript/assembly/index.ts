// A task of {{name}}: its index is the first argument, its input comes from standard input, its result goes to standard
// output.

import { addNumbers } from "./task";
import { Bytes, fail, readInput, taskIndex, writeOutput } from "./wasi";

export function _start(): void {
  const index = taskIndex();
  const input = readInput();
  const sum = addNumbers(String.UTF8.decodeUnsafe(input.start, input.length));
  if (sum.problem.length > 0) fail(sum.problem);
  const line = "task " + index.toString() + ": " + sum.count.toString() + " numbers, sum " + sum.value.toString() + "\n";
  const bytes = String.UTF8.encode(line);
  writeOutput(new Bytes(changetype<usize>(bytes), bytes.byteLength));
}
