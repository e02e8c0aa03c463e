// Writes weights.bin as a constant of AssemblyScript, as bit patterns so that no digit is lost.

import { readFileSync, writeFileSync } from "node:fs";

const bytes = readFileSync(new URL("weights.bin", import.meta.url));
const words = Array.from({ length: bytes.length / 4 }, (_, i) => "0x" + bytes.readUInt32LE(4 * i).toString(16));
const lines = [
  "// Generated from weights.bin by embed.js.",
  "",
  "/** Where the weights lie, as `f32` one after the other. */",
  `export const WEIGHTS: usize = memory.data<u32>([${words.join(",")}]);`,
  "",
];
writeFileSync(new URL("assembly/weights.ts", import.meta.url), lines.join("\n"));
