// The page left open: on one window nobody touches it, in another somebody goes from page to page, and jobs come and go.
import { writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";
import { Gauge, type Sample } from "../support/gauge";

const MINUTES = Number(process.env["MINUTES"] ?? 60);
const EVERY_MINUTES = Math.min(3, MINUTES / 10);
/** What may be added from the middle of the time to its end. An hour of blocks that the page keeps on purpose is far less. */
const MOST_GROWTH = 8 << 20;

interface Row extends Sample {
	window: "left alone" | "used";
	minute: number;
}

const middle = (rows: Row[]) => rows.map(({ heap }) => heap).sort((one, other) => one - other)[rows.length >> 1] ?? 0;

function told(rows: Row[]): string {
	const line = ({ window, minute, heap, nodes, listeners, sockets, subscriptions, pinned }: Row) =>
		`${minute.toFixed(1).padStart(5)} min  ${window.padEnd(10)}  ${(heap / (1 << 20)).toFixed(1).padStart(6)} MiB  ${nodes} nodes  ${listeners} listeners  ${sockets} sockets  ${subscriptions} subscriptions  ${pinned} pinned`;
	return rows.map(line).join("\n");
}

test("an hour", async ({ visit, page, context, chain, site, picture }) => {
	test.setTimeout((MINUTES + 20) * 60_000);
	const alone = await Gauge.on(page);
	await visit();
	const second = await context.newPage();
	const used = await Gauge.on(second);
	await second.goto(`${site}/?node=${encodeURIComponent(chain.url)}#/now`);
	const rounds = [
		() => click(second, "Jobs"),
		() => part(second, `job/${picture}`),
		() => second.getByRole("button", { name: "Fetch and verify all" }).click(),
		() => part(second, `job/${picture}/batch/1`),
		() => second.getByRole("button", { name: "Fetch and verify the results" }).click(),
		() => click(second, "Programs"),
		() => click(second, "Post a bounty"),
		() => second.locator("#validators .account, .brand").first().click(),
		() => click(second, "Now"),
	];
	const begun = Date.now();
	const minutes = () => (Date.now() - begun) / 60_000;
	const rows: Row[] = [];
	let turn = 0;
	let posted = Date.now();
	let taken = -EVERY_MINUTES;
	while (minutes() < MINUTES) {
		if (minutes() - taken >= EVERY_MINUTES) {
			taken = minutes();
			rows.push({ window: "left alone", minute: taken, ...(await alone.sample()) }, { window: "used", minute: taken, ...(await used.sample()) });
			console.log(told(rows.slice(-2)));
			if (process.env["OUT"]) writeFileSync(process.env["OUT"], JSON.stringify(rows));
		}
		if (Date.now() - posted > 120_000) {
			await chain.postPicture({ challenge: 20 });
			posted = Date.now();
		}
		await rounds[turn++ % rounds.length]?.();
		await second.waitForTimeout(4_000);
	}
	for (const window of ["left alone", "used"] as const) {
		const own = rows.filter((row) => row.window === window);
		const half = own.length >> 1;
		const [before, after] = [middle(own.slice(half - 2, half + 1)), middle(own.slice(-3))];
		expect(after - before, `what the window that was ${window} holds grows`).toBeLessThan(MOST_GROWTH);
		expect(own.at(-1)?.sockets).toBe(1);
		expect(own.at(-1)?.subscriptions).toBe(1);
	}
	await expect(page.locator("#node-state.connected")).toBeVisible();
});

async function click(page: Page, name: string) {
	await page.getByRole("navigation", { name: "Pages", exact: true }).getByRole("link", { name, exact: true }).click();
}

async function part(page: Page, address: string) {
	await page.evaluate((address) => void (location.hash = `#/${address}`), address);
}
