// One chain, one worker and one picture for most tests; a page on it for each.
import { test as base, expect, type Page } from "@playwright/test";
import { Chain } from "./chain";
import { serve } from "./server";

function fromSetup(name: string): string {
	const value = process.env[name];
	if (!value) throw new Error(`${name} is not set: setup.ts has not run`);
	return value;
}

interface Shared {
	chain: Chain;
	site: string;
	/** A job whose batches are revealed and can be contested for long. */
	picture: number;
}

interface Own {
	/** Opens a part of the page, on the chain of the tests. */
	visit: (part?: string) => Promise<Page>;
	/** What the page asked of others than its own server and the node. */
	strangers: string[];
}

export const test = base.extend<Own, Shared>({
	chain: [
		// eslint-disable-next-line no-empty-pattern
		async ({}, use) => {
			const chain = Chain.joined(fromSetup("ASSAY_TEST_CHAIN"));
			await use(chain);
			await chain.stopWorkers();
		},
		{ scope: "worker" },
	],
	site: [
		// eslint-disable-next-line no-empty-pattern
		async ({}, use) => {
			const { url, server } = await serve();
			await use(url);
			server.close();
		},
		{ scope: "worker" },
	],
	picture: [
		async ({ chain }, use) => {
			const job = Number(fromSetup("ASSAY_TEST_PICTURE"));
			for (let batch = 0; batch < 4; batch++) await chain.stage(job, batch, "revealed");
			// There are certificates of what is final.
			await chain.settle();
			await use(job);
		},
		{ scope: "worker", timeout: 1_200_000 },
	],
	strangers: async ({ page, chain, site }, use) => {
		const strangers: string[] = [];
		const known = [site, `http://127.0.0.1:${chain.rpcPort}`, "blob:", "data:"];
		page.on("request", (request) => {
			if (!known.some((prefix) => request.url().startsWith(prefix))) strangers.push(request.url());
		});
		page.on("websocket", (socket) => {
			if (!socket.url().startsWith(chain.url)) strangers.push(socket.url());
		});
		await use(strangers);
		expect(strangers, "the page asks nobody else").toEqual([]);
	},
	visit: async ({ page, chain, site, strangers }, use) => {
		void strangers;
		const errors: string[] = [];
		page.on("pageerror", (error) => errors.push(error.message));
		await use(async (part = "now") => {
			await page.goto(`${site}/?node=${encodeURIComponent(chain.url)}#/${part}`);
			await expect(page.locator("#node-state.connected")).toBeVisible();
			return page;
		});
		expect(errors, "nothing is thrown on the page").toEqual([]);
	},
});

/** For tests that would disturb others, or be disturbed: the same with a chain of their own, and without workers or jobs. */
export const ownChain = test.extend<object, Pick<Shared, "chain">>({
	chain: [
		// eslint-disable-next-line no-empty-pattern
		async ({}, use) => {
			const chain = await Chain.start();
			await use(chain);
			await chain.stopAll();
		},
		{ scope: "worker", timeout: 1_200_000 },
	],
});

export { expect };
