// Last, because the node goes away in between.
import { expect, test } from "./support/fixtures";

test("a lost node is said to be lost, and found again by itself", async ({ visit, chain, picture }) => {
	const page = await visit(`job/${picture}`);
	await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Job ${picture}`);
	await chain.stopNode();
	await expect(page.locator("#lost")).toContainText("The node does not answer.");
	// What it said last can still be read.
	await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Job ${picture}`);
	await chain.startNode();
	await expect(page.locator("#lost")).toBeHidden();
	await expect(page.locator("#node-state.connected")).toBeVisible();
	await page.getByRole("link", { name: "Now" }).click();
	const best = async () => Number((await page.locator("#best-block .value").textContent())?.replace(/\D/g, ""));
	const before = await best();
	await expect.poll(best, { timeout: 120_000 }).toBeGreaterThan(before + 1);
});

test("an address where nobody listens is said to be that", async ({ page, site }) => {
	await page.goto(`${site}/?node=${encodeURIComponent("ws://127.0.0.1:1")}`);
	await expect(page.locator("#lost")).toContainText("Nothing listens at ws://127.0.0.1:1");
});
