// Where what the tests run is. scripts/explorer-test.sh says so; nothing is looked for elsewhere.
import { existsSync } from "node:fs";
import { join } from "node:path";

function required(name: string): string {
	const value = process.env[name];
	if (!value) throw new Error(`${name} is not set: run the tests with scripts/explorer-test.sh`);
	return value;
}

export const CHROMIUM = process.env["ASSAY_CHROMIUM"] ?? "/usr/bin/chromium";
export const TARGET = required("CARGO_TARGET_DIR");
export const SITE = join(TARGET, "explorer");
export const EXAMPLES = join(import.meta.dirname, "../../../examples");
export const PROGRAMS = join(TARGET, "programs");

export function binary(name: string): string {
	const path = join(TARGET, "release", name);
	if (!existsSync(path)) throw new Error(`${path} is not built: scripts/build.sh`);
	return path;
}
