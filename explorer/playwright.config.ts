import { defineConfig } from "@playwright/test";
import { CHROMIUM } from "./tests/support/paths";

const LONG = /(alone|cheat|live)\.spec\.ts/;

export default defineConfig({
	testDir: "tests",
	outputDir: "test-results",
	// Most of the time is spent waiting for blocks, so some files are run at once, even on two processors.
	workers: 4,
	fullyParallel: false,
	// What is waited for takes blocks, and audits on a busy machine.
	timeout: 900_000,
	expect: { timeout: 180_000 },
	reporter: [["list"]],
	// What takes longest begins first.
	projects: [
		{ name: "long", testMatch: LONG },
		{ name: "short", testMatch: /.*\.spec\.ts/, testIgnore: LONG },
	],
	globalSetup: "./tests/support/setup.ts",
	use: {
		launchOptions: { executablePath: CHROMIUM, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] },
		viewport: { width: 1280, height: 860 },
		actionTimeout: 60_000,
	},
});
