import type { Page } from "@playwright/test";
import type { Chain } from "./support/chain";
import { blake3 } from "./support/blake3";
import { expect, test } from "./support/fixtures";

test("results are fetched, opened and verified, and a task run again gives the same", async ({ visit, picture }) => {
	const page = await visit(`job/${picture}/batch/1`);
	await page.getByRole("button", { name: "Fetch and verify the results" }).click();
	await expect(page.locator("#check #verdict.good")).toContainText("4 results");
	await expect(page.locator("#check .task.good")).toHaveCount(4);
	await expect(page.locator("#check canvas.picture")).toBeVisible();
	await page.getByRole("button", { name: "Run task 4 again, here" }).click();
	await expect(page.locator("#rerun-4.good")).toContainText("The same result.");
});

test("the picture of a job is put together from verified tiles", async ({ visit, picture }) => {
	const page = await visit(`job/${picture}`);
	await page.getByRole("button", { name: "Fetch and verify all" }).click();
	await expect(page.locator("#results #verdict.good")).toContainText("16 results of 16");
	const pixels = await page.locator("#results canvas.picture").evaluate((canvas: HTMLCanvasElement) => {
		const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray();
		let painted = 0;
		for (let at = 3; at < data.length; at += 4) painted += data[at] === 255 ? 1 : 0;
		return painted;
	});
	expect(pixels).toBe(64 * 64);
});

test("a certificate is verified, first in itself and then against a set that is trusted", async ({ visit, picture }) => {
	const page = await visit(`job/${picture}/batch/0`);
	await page.locator("#certificate").getByRole("button", { name: "Fetch and verify" }).click();
	await expect(page.locator("#certificate-verdict.unknown")).toContainText("It holds in itself.", { timeout: 600_000 });
	await expect(page.locator("#certificate")).toContainText("Its VRF gave");
	await expect(page.locator("#certificate")).toContainText("Blind tag of task");
	const set = page.locator("#certificate .facts div", { hasText: "Fingerprint of the set" });
	const fingerprint = (await set.locator("code").getAttribute("title")) ?? "";
	const field = page.getByLabel("Fingerprint of a set you trust");
	await field.fill(fingerprint);
	await expect(page.locator("#certificate-verdict.good")).toContainText("goes back to the authorities you trust");
	await field.fill("0x" + "00".repeat(32));
	await expect(page.locator("#certificate-verdict.bad, #certificate-verdict.unknown")).toBeVisible();
});

/** Stands between the page and the node, and changes what the node says and, if it likes, what it is asked. */
async function liar(page: Page, chain: Chain, change: (method: string, result: Record<string, unknown>) => void, ask = (text: string) => text) {
	await page.routeWebSocket(chain.url, (socket) => {
		const node = socket.connectToServer();
		const asked = new Map<unknown, string>();
		socket.onMessage((message) => {
			const text = message.toString();
			const request = JSON.parse(text) as { id: unknown; method: string };
			asked.set(request.id, request.method);
			node.send(ask(text));
		});
		node.onMessage((message) => {
			const reply = JSON.parse(message.toString()) as { id?: unknown; result?: Record<string, unknown> };
			const method = asked.get(reply.id);
			if (method && reply.result && typeof reply.result === "object") change(method, reply.result);
			socket.send(JSON.stringify(reply));
		});
	});
}

/** The same bytes but for the last one. */
function damaged(data: unknown): string {
	const bytes = Buffer.from(String(data), "base64");
	const last = bytes.length - 1;
	bytes.writeUInt8(bytes.readUInt8(last) ^ 1, last);
	return bytes.toString("base64");
}

test("a result that was tampered with is shown as not verified", async ({ visit, page, chain, picture }) => {
	await liar(page, chain, (method, result) => {
		if (method === "blob_download") result["data"] = damaged(result["data"]);
	});
	await visit(`job/${picture}/batch/0`);
	await page.getByRole("button", { name: "Fetch and verify the results" }).click();
	await expect(page.locator("#check #verdict.bad")).toContainText("Not verified.");
	await expect(page.locator("#check .task")).toHaveCount(0);
});

test("a node that lies about what was sealed, its hash included, is found out by the receipt's root", async ({ visit, page, chain, picture }) => {
	const { receipt } = await chain.rpc<{ receipt: { sealed: { hash: string; len: number } } }>("compute_getBatch", [picture, 0]);
	const { hash, len } = receipt.sealed;
	const { data } = await chain.rpc<{ data: string }>("blob_download", [hash, 0, len]);
	const forged = await blake3(Buffer.from(damaged(data), "base64"));
	const lie = (method: string, result: Record<string, unknown>) => {
		if (method === "blob_download") result["data"] = damaged(result["data"]);
		if (method === "compute_getBatch") (result["receipt"] as typeof receipt).sealed.hash = forged;
	};
	await liar(page, chain, lie, (text) => text.replaceAll(forged, hash));
	await visit(`job/${picture}/batch/0`);
	await expect(page.locator("#receipt-verdict.bad")).toContainText("Not the receipt on the chain.");
	await page.getByRole("button", { name: "Fetch and verify the results" }).click();
	await expect(page.locator("#check #verdict.bad")).toContainText("damaged");
});

test("a task that ends otherwise here is told apart from what the worker says", async ({ visit, page, chain, picture }) => {
	// With less fuel than the job gives, the task cannot end as it did.
	await liar(page, chain, (method, result) => {
		if (method === "compute_getJob") (result["spec"] as { limits: { fuel: number } }).limits.fuel = 1_000_000;
	});
	await visit(`job/${picture}/batch/0`);
	await page.getByRole("button", { name: "Fetch and verify the results" }).click();
	await page.getByRole("button", { name: "Run task 0 again, here" }).click();
	await expect(page.locator("#rerun-0.bad")).toContainText("Another result.");
	await expect(page.locator("#rerun-0.bad")).toContainText("ran out of fuel");
});
