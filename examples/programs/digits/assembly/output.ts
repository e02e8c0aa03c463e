// Rows of a table, written into memory of their own.

import { Bytes } from "./wasi";

const TAB: u8 = 9;
const NEWLINE: u8 = 10;
const MINUS: u8 = 45;
const POINT: u8 = 46;
const ZERO: u8 = 48;
const DECIMALS = 4;
const SCALE: f64 = 10000;
/** More digits than any number here has. */
const LONGEST_NUMBER = 24;

/** A table with tabs between its columns. */
export class Table {
  private start: usize;
  private length: usize = 0;
  private inRow: bool = false;

  constructor(cells: i32, header: string) {
    const text = String.UTF8.encode(header);
    this.start = heap.alloc(text.byteLength + cells * LONGEST_NUMBER + 1);
    memory.copy(this.start, changetype<usize>(text), text.byteLength);
    this.length = text.byteLength;
  }

  bytes(): Bytes {
    return new Bytes(this.start, this.length);
  }

  endRow(): void {
    this.put(NEWLINE);
    this.inRow = false;
  }

  whole(value: u32): void {
    this.separate();
    this.digits(value, 1);
  }

  /** With four digits behind the point. */
  real(value: f32): void {
    this.separate();
    // Ties go to the even digit; a logit is far from where this would not fit.
    const scaled = <i64>nearest(<f64>value * SCALE);
    if (scaled < 0) this.put(MINUS);
    const magnitude = <u64>(scaled < 0 ? -scaled : scaled);
    this.digits(magnitude / <u64>SCALE, 1);
    this.put(POINT);
    this.digits(magnitude % <u64>SCALE, DECIMALS);
  }

  private put(letter: u8): void {
    store<u8>(this.start + this.length, letter);
    this.length++;
  }

  private separate(): void {
    if (this.inRow) this.put(TAB);
    this.inRow = true;
  }

  /** At least `least` digits, with zeros in front. */
  private digits(value: u64, least: i32): void {
    let divisor: u64 = 1;
    for (let count = 1; count < least || value / divisor >= 10; count++) divisor *= 10;
    for (; divisor > 0; divisor /= 10) this.put(ZERO + <u8>((value / divisor) % 10));
  }
}
