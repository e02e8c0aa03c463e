// Every case of tests/cases, run by Node.js with a WASI of its own. `assay program test` runs this, and then the same
// cases in Assay's machine.

import { closeSync, existsSync, openSync, readdirSync, readFileSync } from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WASI } from "node:wasi";

const [program] = process.argv.slice(2);
const module = await WebAssembly.compile(readFileSync(program));
const cases = join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "cases");
const scratch = mkdtempSync(join(tmpdir(), "cases-"));

async function run(index, input) {
  const output = join(scratch, "output");
  const [stdin, stdout] = [openSync(input, "r"), openSync(output, "w")];
  try {
    const wasi = new WASI({ version: "preview1", args: ["task", index], stdin, stdout, returnOnExit: true });
    const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi.wasiImport });
    return { exit: wasi.start(instance) ?? 0, output: readFileSync(output, "utf8") };
  } finally {
    closeSync(stdin);
    closeSync(stdout);
  }
}

// `7-name.in` is the input of task 7, `7-name.out` what it should write, `7-name.exit` its exit code if that is not 0.
let failures = 0;
const inputs = readdirSync(cases).filter((file) => file.endsWith(".in"));
for (const file of inputs) {
  const name = file.slice(0, -3);
  const path = (kind) => join(cases, `${name}.${kind}`);
  const { exit, output } = await run(name.split("-")[0], path("in"));
  const expected = existsSync(path("exit")) ? Number(readFileSync(path("exit"), "utf8")) : 0;
  if (exit !== expected || output !== readFileSync(path("out"), "utf8")) {
    console.error(`${name} failed: exit code ${exit}, output ${JSON.stringify(output)}`);
    failures++;
  }
}
rmSync(scratch, { recursive: true });
console.log(`${inputs.length - failures} of ${inputs.length} cases are right`);
process.exit(failures > 0 || inputs.length === 0 ? 1 : 0);
