import type { Page } from "@playwright/test";
import { join } from "node:path";
import { expect, test } from "./support/fixtures";
import { EXAMPLES, PROGRAMS } from "./support/paths";
import { installWallet } from "./support/wallet";

async function choose(page: Page) {
	await page.getByLabel("Program, a WebAssembly command").setInputFiles(join(PROGRAMS, "path-tracer.wasm"));
	await expect(page.locator("#program-verdict.good")).toContainText("can be posted");
	await page.getByLabel(/^Input:/).setInputFiles(join(EXAMPLES, "scenes/small.scene"));
	await expect(page.locator("#price")).toContainText("3.2\u00a0ASY");
}

async function followed(page: Page) {
	await expect(page.locator("#posted")).toContainText("Posted.");
	await page.locator("#posted a").click();
	await expect(page.getByRole("heading", { level: 1, name: /^Job \d+$/ })).toBeVisible();
	await expect(page.locator("#money-flow")).toContainText("3.2\u00a0ASY put into escrow");
}

test("a job is tried, quoted, signed with a development key, uploaded and followed", async ({ visit }) => {
	const page = await visit("post");
	await choose(page);
	await page.getByRole("button", { name: "Try it here first" }).click();
	await expect(page.locator("#dry-run.good")).toContainText("completed");
	await page.getByLabel("Who posts it").selectOption({ label: "Eve (development)" });
	await page.getByRole("button", { name: "Sign and post" }).click();
	await followed(page);
});

test("a wallet extension signs", async ({ visit, page, chain }) => {
	const wallet = await installWallet(page, "//Ferdie", chain);
	await visit("post");
	await choose(page);
	await page.getByRole("button", { name: "Use assay-test-wallet" }).click();
	await page.getByLabel("Who posts it").selectOption({ label: "Test wallet (assay-test-wallet)" });
	await page.getByRole("button", { name: "Sign and post" }).click();
	await followed(page);
	expect(wallet.signed).toBe(1);
});

test("a module that the machine does not take is refused before it costs anything", async ({ visit }) => {
	const page = await visit("post");
	const module = Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
	await page.getByLabel("Program, a WebAssembly command").setInputFiles({ name: "empty.wasm", mimeType: "application/wasm", buffer: module });
	await expect(page.locator("#program-verdict.bad")).toContainText("empty.wasm cannot be posted");
	await expect(page.getByRole("button", { name: "Sign and post" })).toBeDisabled();
});
