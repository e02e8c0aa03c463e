// Pictures of every page in every size, for people to look at.
import { join } from "node:path";
import { expect, test } from "../support/fixtures";

const SIZES: [number, number][] = [
	[390, 844],
	[1280, 860],
	[2560, 1440],
];
const OUT = process.env["OUT"] ?? "screenshots";

test("every page in every size", async ({ visit, page, picture, chain }) => {
	test.setTimeout(900_000);
	const large = await chain.post({ program: "path-tracer.wasm", input: new URL("../../../examples/scenes/small.scene", import.meta.url).pathname, tasks: 20_000, batchSize: 1, bounty: "0.000001", more: ["--fuel", "1000000"] });
	await visit(`job/${picture}/batch/0`);
	const worker = (await page.locator(".page-head .account").getAttribute("href"))?.slice(2) ?? "";
	const pages: [string, string, string[]][] = [
		["now", "now", []],
		["jobs", "jobs", []],
		["job", `job/${picture}`, ["Fetch and verify all"]],
		["job-large", `job/${large}`, []],
		["batch", `job/${picture}/batch/0`, ["Fetch and verify the results", "Run task 0 again, here"]],
		["worker", worker, []],
		["account", worker.replace("worker", "account"), []],
		["programs", "programs", []],
		["post", "post", []],
		["missing", "job/4000000", []],
	];
	for (const scheme of ["light", "dark"] as const) {
		await page.emulateMedia({ colorScheme: scheme });
		for (const [width, height] of SIZES) {
			await page.setViewportSize({ width, height });
			for (const [name, part, buttons] of pages) {
				await visit(part);
				await expect(page.locator("main .loading")).toHaveCount(0);
				for (const button of buttons) await page.getByRole("button", { name: button }).click();
				if (buttons.length > 0) await expect(page.locator(".verdict").first()).toBeVisible();
				if (buttons.length > 1) await expect(page.locator("#rerun-0")).toBeVisible();
				// Nothing may be wider than the window.
				const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
				expect(overflow, `${name} at ${width}`).toBeLessThanOrEqual(0);
				await page.evaluate(() => scrollTo(0, 0));
				await page.screenshot({ path: join(OUT, `${name}-${width}-${scheme}.png`), fullPage: true });
			}
		}
	}
});
