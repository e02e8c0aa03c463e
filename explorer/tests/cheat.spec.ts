import { expect, ownChain as test } from "./support/fixtures";

test("a cheat is watched from its claim to its slash", async ({ visit, chain }) => {
	const job = await chain.postPicture();
	const page = await visit(`job/${job}`);
	await expect(page.locator("#grid-legend [data-stage=available]")).toHaveAttribute("data-count", "4");
	chain.startWorker("//Dave", { falsifyEvery: 1 });
	await expect(page.locator("#job-events")).toContainText("claimed batch");
	await expect(page.locator("#job-events")).toContainText("has another result for task");
	await expect(page.locator("#job-events")).toContainText("was convicted and lost its bond");
	await expect(page.locator("#slashed")).toContainText("Workers lost");
	await page.locator("#job-events .bad .account[href*=worker]").first().click();
	await expect(page.locator("#worker-slashed .value")).not.toHaveText("0\u00a0ASY");
});
