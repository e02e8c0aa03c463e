import { expect, test } from "./support/fixtures";

test("a job is watched from its posting to its reveal without a reload", async ({ visit, chain, picture }) => {
	const page = await visit();
	await expect(page.locator("#feed")).toBeVisible();
	const job = await chain.postPicture();
	expect(job).toBeGreaterThan(picture);
	await page.getByRole("link", { name: new RegExp(`^Job ${job} `) }).click();
	await expect(page.locator("#grid-legend [data-stage=revealed]")).toHaveAttribute("data-count", "4");
	await expect(page.locator("#job-events")).toContainText("posted the job");
	await expect(page.locator("#job-events")).toContainText("claimed batch 3");
});

test("a cheat is watched from its claim to its slash", async ({ visit, chain }) => {
	chain.startWorker("//Dave", { falsifyEvery: 1 });
	// So little that the honest worker leaves it.
	const job = await chain.postPicture({ more: ["--bounty", "0.01"] });
	const page = await visit(`job/${job}`);
	await expect(page.locator("#job-events")).toContainText("has another result for task");
	await expect(page.locator("#job-events")).toContainText("was convicted and lost its bond");
	await expect(page.locator("#slashed")).toContainText("Workers lost");
	await page.locator("#job-events .bad .account[href*=worker]").first().click();
	await expect(page.locator("#worker-slashed .value")).not.toHaveText("0\u00a0ASY");
});
