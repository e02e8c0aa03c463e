// Keyboard and screen reader: what axe finds on every page, in light and dark, on a phone and on a desk.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "@playwright/test";
import { expect, test } from "./support/fixtures";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES: RunOptions = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };

async function complaints(page: Page): Promise<string[]> {
	await page.evaluate(AXE);
	const results = await page.evaluate((rules) => (window as unknown as { axe: { run: (rules: unknown) => Promise<AxeResults> } }).axe.run(rules), RULES);
	return results.violations.map(({ id, help, nodes }) => `${id} (${help}), ${nodes.length} times; first: ${nodes[0]?.target.join(" ")}: ${nodes[0]?.failureSummary}`);
}

test("axe has nothing to say against any page", async ({ visit, page, picture }) => {
	await visit(`job/${picture}/batch/0`);
	const worker = (await page.locator(".page-head .account").getAttribute("href"))?.slice(2) ?? "";
	await page.goto(page.url().replace(/#.*/, "#/now"));
	const validator = (await page.locator("#validators .account").getAttribute("href"))?.slice(2) ?? "";
	const parts = ["now", "jobs", `job/${picture}`, `job/${picture}/batch/0`, "block/3", worker, worker.replace("worker", "account"), validator, "programs", "post", "job/4000000", "nowhere"];
	const found: string[] = [];
	for (const [colorScheme, width] of [["light", 1280], ["dark", 390]] as const) {
		await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
		await page.setViewportSize({ width, height: 860 });
		for (const part of parts) {
			await visit(part);
			await expect(page.locator("main .loading")).toHaveCount(0);
			if (part.endsWith("batch/0")) {
				await page.getByRole("button", { name: "Fetch and verify the results" }).click();
				await expect(page.locator("#check #verdict.good")).toBeVisible();
				await expect(page.locator("#receipt-verdict")).toBeVisible();
			}
			found.push(...(await complaints(page)).map((complaint) => `${part}, ${colorScheme}: ${complaint}`));
		}
	}
	expect(found).toEqual([]);
});

test("everything on the first page can be reached with the keyboard", async ({ visit, page, picture }) => {
	await visit();
	await expect(page.getByRole("link", { name: new RegExp(`^Job ${picture} `) })).toBeVisible();
	await page.keyboard.press("Tab");
	await expect(page.getByRole("link", { name: "To the content" })).toBeFocused();
	await page.keyboard.press("Enter");
	await expect(page.locator("main")).toBeFocused();
	const job = page.getByRole("link", { name: new RegExp(`^Job ${picture} `) });
	for (let step = 0; step < 200 && !(await job.evaluate((link) => link === document.activeElement)); step++) await page.keyboard.press("Tab");
	await expect(job).toBeFocused();
	await page.keyboard.press("Enter");
	await expect(page.getByRole("heading", { level: 1, name: `Job ${picture}` })).toBeVisible();
});
