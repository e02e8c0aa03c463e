// Recognises handwritten digits: images on standard input, the part of them to look at by the number of the task, a
// table of classes and logits on standard output.

import { parse } from "./input";
import { classify, CLASSES, PIXELS } from "./network";
import { Table } from "./output";
import { fail, readInput, taskIndex, writeOutput } from "./wasi";

const HEADER = "image\tclass\tlogit0\tlogit1\tlogit2\tlogit3\tlogit4\tlogit5\tlogit6\tlogit7\tlogit8\tlogit9\n";

function largest(logits: StaticArray<f32>): i32 {
  let best = 0;
  for (let i = 1; i < CLASSES; i++) if (logits[i] > logits[best]) best = i;
  return best;
}

export function _start(): void {
  const index = taskIndex();
  const images = parse(readInput());
  const from = <u64>index * images.perTask;
  if (from >= <u64>images.count) {
    fail("there is no task " + index.toString() + ": the input has " + images.count.toString() + " images");
  }
  const to = min<u64>(from + images.perTask, images.count);
  const table = new Table(<i32>(to - from) * (CLASSES + 2), HEADER);
  for (let image = <i32>from; image < <i32>to; image++) {
    const logits = classify(images.pixels, image * PIXELS);
    table.whole(image);
    table.whole(largest(logits));
    for (let i = 0; i < CLASSES; i++) table.real(logits[i]);
    table.endRow();
  }
  writeOutput(table.bytes());
}
