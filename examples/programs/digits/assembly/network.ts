// The network: two convolutions with 3 x 3 kernels, the first followed by 2 x 2 maximum pooling, and a dense layer.
//
//   8 x 8 brightnesses -> 8 x 8 x 16 -> 4 x 4 x 16 -> 4 x 4 x 32 -> 10 logits
//
// All numbers are f32. Layers keep a border of zeros around what the next one convolves.

import { WEIGHTS } from "./weights";

/** Pixels along a side of an image. */
export const SIDE = 8;
/** Pixels of an image. */
export const PIXELS = SIDE * SIDE;
/** The greatest brightness. */
export const BRIGHTEST = 16;
/** Classes: the digits 0 to 9. */
export const CLASSES = 10;

const FIRST = 16;
const SECOND = 32;
const HALF = SIDE / 2;
const WIDE = SIDE + 2;
const HALF_WIDE = HALF + 2;
const FLAT = HALF * HALF * SECOND;

// Where each layer's numbers begin, in the order in which train.py writes them.
const KERNEL_1: usize = WEIGHTS;
const BIAS_1: usize = KERNEL_1 + 4 * 9 * FIRST;
const KERNEL_2: usize = BIAS_1 + 4 * FIRST;
const BIAS_2: usize = KERNEL_2 + 4 * 9 * FIRST * SECOND;
const DENSE: usize = BIAS_2 + 4 * SECOND;
const BIAS_3: usize = DENSE + 4 * FLAT * CLASSES;

const image = new StaticArray<f32>(WIDE * WIDE);
const first = new StaticArray<f32>(PIXELS * FIRST);
const pooled = new StaticArray<f32>(HALF_WIDE * HALF_WIDE * FIRST);
const second = new StaticArray<f32>(FLAT);
const logits = new StaticArray<f32>(CLASSES);

/** A number of the weights. */
// @ts-ignore: decorators of functions are AssemblyScript's own
@inline
function weight(start: usize, position: i32): f32 {
  return load<f32>(start + ((<usize>position) << 2));
}

/**
 * Convolves and cuts off what is below 0. `input` has `inputs` channels and a border, `output` has `outputs` channels
 * and none; both are `side` pixels wide apart from that.
 */
function convolve(
  input: StaticArray<f32>,
  inputs: i32,
  output: StaticArray<f32>,
  outputs: i32,
  side: i32,
  kernel: usize,
  bias: usize,
): void {
  const wide = side + 2;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const to = (row * side + column) * outputs;
      for (let out = 0; out < outputs; out++) output[to + out] = weight(bias, out);
      for (let neighbour = 0; neighbour < 9; neighbour++) {
        const from = ((row + neighbour / 3) * wide + column + (neighbour % 3)) * inputs;
        for (let channel = 0; channel < inputs; channel++) {
          const value = input[from + channel];
          const weights = (neighbour * inputs + channel) * outputs;
          // Nearly all time goes by here, and the first and last `out` are checked above and below.
          for (let out = 0; out < outputs; out++) {
            unchecked((output[to + out] += value * weight(kernel, weights + out)));
          }
        }
      }
      for (let out = 0; out < outputs; out++) output[to + out] = max<f32>(output[to + out], 0);
    }
  }
}

/** The greatest of each 2 x 2 block. */
function pool(): void {
  for (let row = 0; row < HALF; row++) {
    for (let column = 0; column < HALF; column++) {
      const from = (2 * row * SIDE + 2 * column) * FIRST;
      const to = ((row + 1) * HALF_WIDE + column + 1) * FIRST;
      for (let channel = 0; channel < FIRST; channel++) {
        const above = max<f32>(first[from + channel], first[from + FIRST + channel]);
        const next = from + SIDE * FIRST + channel;
        pooled[to + channel] = max<f32>(above, max<f32>(first[next], first[next + FIRST]));
      }
    }
  }
}

function dense(): void {
  for (let out = 0; out < CLASSES; out++) logits[out] = weight(BIAS_3, out);
  for (let i = 0; i < FLAT; i++) {
    const value = second[i];
    for (let out = 0; out < CLASSES; out++) logits[out] += value * weight(DENSE, i * CLASSES + out);
  }
}

/** How much speaks for each class. The answer is overwritten by the next call. */
export function classify(pixels: StaticArray<u8>, start: i32): StaticArray<f32> {
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const brightness = <f32>pixels[start + row * SIDE + column] / <f32>BRIGHTEST;
      image[(row + 1) * WIDE + column + 1] = brightness;
    }
  }
  convolve(image, 1, first, FIRST, SIDE, KERNEL_1, BIAS_1);
  pool();
  convolve(pooled, FIRST, second, SECOND, HALF, KERNEL_2, BIAS_2);
  dense();
  return logits;
}
