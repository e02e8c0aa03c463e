// What takes a chain of its own: a job with very many batches, and a node that goes away.
import { join } from "node:path";
import { expect, ownChain } from "./support/fixtures";
import { EXAMPLES } from "./support/paths";

const BATCHES = 100_000;

const test = ownChain.extend<object, { large: number }>({
	large: [
		async ({ chain }, use) => {
			const job = await chain.post({
				program: "path-tracer.wasm", input: join(EXAMPLES, "scenes/small.scene"), tasks: BATCHES, batchSize: 1, bounty: "0.01", more: ["--fuel", "1000000"],
			});
			// One batch is worked on, so that the page cannot take it for granted that none is.
			chain.startWorker("//Bob");
			await chain.stage(job, 0, "claimed", "committed");
			await chain.stopWorkers();
			await use(job);
		},
		{ scope: "worker", timeout: 1_200_000 },
	],
});

interface Watched {
	longest: number;
}

test("a job of a hundred thousand batches is no burden", async ({ visit, page, large }) => {
	await page.addInitScript(() => {
		const watched: Watched = { longest: 0 };
		Object.assign(window, { watched });
		new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => (watched.longest = Math.max(watched.longest, duration)))).observe({ type: "longtask", buffered: true });
	});
	await visit(`job/${large}`);
	await expect(page.locator("#grid-legend [data-stage=unread]")).toHaveCount(0);
	await expect(page.locator("#grid-legend [data-stage]").first()).toBeVisible();
	const counts = await page.locator("#grid-legend [data-stage]").evaluateAll((items) => items.map((item) => Number((item as HTMLElement).dataset["count"])));
	expect(counts.reduce((sum, number) => sum + number, 0)).toBe(BATCHES);
	expect(counts.length, "some are waiting, and one at least is not").toBeGreaterThan(1);
	await page.locator("canvas.grid").focus();
	for (let step = 0; step < 50; step++) await page.keyboard.press("ArrowRight");
	await expect(page.locator(".grid-told")).toContainText("Batch 49:");
	await page.keyboard.press("End");
	await page.keyboard.press("Enter");
	await expect(page.getByRole("heading", { level: 1, name: `Batch ${BATCHES - 1}` })).toBeVisible();
	// Told and not judged: how long that is depends on the machine.
	const { longest } = await page.evaluate(() => (window as unknown as { watched: Watched }).watched);
	test.info().annotations.push({ type: "longest task", description: `${longest} ms` });
	console.log(`    with ${BATCHES} batches, the page was never busy for longer than ${longest} ms at a time`);
});

test("a lost node is said to be lost, and found again by itself", async ({ visit, chain, large }) => {
	const page = await visit(`job/${large}`);
	await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Job ${large}`);
	await chain.stopNode();
	await expect(page.locator("#lost")).toContainText("The node does not answer.");
	// What it said last can still be read.
	await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Job ${large}`);
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
