import { expect, test } from "./support/fixtures";

test("a job is watched from its posting to its reveal without a reload", async ({ visit, chain }) => {
	const page = await visit();
	await expect(page.locator("#feed")).toBeVisible();
	const job = await chain.postPicture();
	await page.getByRole("link", { name: new RegExp(`^Job ${job} `) }).click();
	await expect(page.locator("#grid-legend [data-stage=revealed]")).toHaveAttribute("data-count", "4");
	await expect(page.locator("#job-events")).toContainText("posted the job");
	await expect(page.locator("#job-events")).toContainText(/claimed batch.*3/);
});
