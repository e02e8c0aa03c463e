import { defineConfig } from "@playwright/test";
import { CHROMIUM } from "./tests/support/paths";

export default defineConfig({
	testDir: "tests",
	testMatch: /.*\.spec\.ts/,
	outputDir: "test-results",
	// One chain and one worker for all of them, on machines with two processors.
	workers: 1,
	fullyParallel: false,
	// What is waited for takes blocks, and audits on a busy machine.
	timeout: 900_000,
	expect: { timeout: 180_000 },
	reporter: [["list"]],
	globalSetup: "./tests/support/setup.ts",
	use: {
		launchOptions: { executablePath: CHROMIUM, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] },
		viewport: { width: 1280, height: 860 },
		actionTimeout: 60_000,
	},
});
