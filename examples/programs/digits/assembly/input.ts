// The text a task reads: a line `images-per-task N`, then an image per line, as 64 brightnesses from 0 to 16.

import { Bytes, fail } from "./wasi";
import { BRIGHTEST, PIXELS } from "./network";

const NEWLINE: u8 = 10;
const SPACE: u8 = 32;
const LONGEST_WORD = 9;

/** All images. */
export class Images {
  perTask: u32 = 0;
  count: i32 = 0;

  constructor(public pixels: StaticArray<u8>) {}
}

/** Reads the text word by word, and knows the line it is in. */
class Reader {
  private line: i32 = 1;
  private next: usize;
  private end: usize;

  constructor(text: Bytes) {
    this.next = text.start;
    this.end = text.start + text.length;
  }

  refuse(what: string): void {
    fail("line " + this.line.toString() + ": " + what);
  }

  refuseNumber(least: u32, most: u32): void {
    this.refuse("expected a number from " + least.toString() + " to " + most.toString());
  }

  /** Goes to the next word of this line, if there is one. */
  hasWord(): bool {
    while (this.next < this.end) {
      const letter = load<u8>(this.next);
      if (letter == NEWLINE || letter > SPACE) return letter > SPACE;
      this.next++;
    }
    return false;
  }

  /** Goes to the next line that has a word, if there is one. */
  hasLine(): bool {
    while (!this.hasWord()) {
      if (this.next == this.end) return false;
      this.next++;
      this.line++;
    }
    return true;
  }

  word(expected: string): void {
    for (let i = 0; i < expected.length; i++) {
      if (this.next == this.end || load<u8>(this.next) != <u8>expected.charCodeAt(i)) this.refuse("expected " + expected);
      this.next++;
    }
  }

  number(least: u32, most: u32): u32 {
    if (!this.hasWord()) this.refuseNumber(least, most);
    let value: u32 = 0;
    let length = 0;
    while (this.next < this.end && load<u8>(this.next) > SPACE) {
      const digit = <u32>load<u8>(this.next) - 48;
      if (digit > 9 || ++length > LONGEST_WORD) this.refuseNumber(least, most);
      value = 10 * value + digit;
      this.next++;
    }
    if (value < least || value > most) this.refuseNumber(least, most);
    return value;
  }

  endOfLine(): void {
    if (this.hasWord()) this.refuse("more words than expected");
  }
}

/** Reads everything, and ends the task if anything is wrong with it. */
export function parse(text: Bytes): Images {
  const reader = new Reader(text);
  // A pixel takes two bytes of text at least.
  const images = new Images(new StaticArray<u8>(<i32>(text.length / 2 + 1)));
  if (!reader.hasLine()) reader.refuse("expected images-per-task");
  reader.word("images-per-task");
  images.perTask = reader.number(1, 1000000);
  reader.endOfLine();
  while (reader.hasLine()) {
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      images.pixels[images.count * PIXELS + pixel] = <u8>reader.number(0, BRIGHTEST);
    }
    reader.endOfLine();
    images.count++;
  }
  return images;
}
