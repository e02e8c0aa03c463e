import { expect, test } from "./support/fixtures";

interface Told {
	status: string;
	remaining: string;
	batches: { inFlight: number };
}

test("Now tells what the network is doing", async ({ visit, chain, picture }) => {
	const page = await visit();
	const value = async (name: string) => (await page.locator(`#${name} .value`).textContent())?.replace(/[^\d.]/g, "");
	// Other tests' jobs go on meanwhile.
	await expect(async () => {
		const open = (await chain.rpc<Told[]>("compute_listJobs", [0, 100])).filter((job) => job.status !== "closed");
		expect(await value("open-jobs")).toBe(String(open.length));
		expect(await value("batches-now")).toBe(String(open.reduce((sum, job) => sum + job.batches.inFlight, 0)));
		const escrow = open.reduce((sum, job) => sum + BigInt(job.remaining), 0n);
		expect(await value("escrow")).toBe(String(Number(escrow) / 1e12));
		expect(open.length).toBeGreaterThan(0);
	}).toPass({ timeout: 180_000 });
	await expect(page.locator("#validators .value")).toHaveText("1");
	await page.getByRole("link", { name: new RegExp(`^Job ${picture} `) }).click();
	await expect(page.getByRole("heading", { level: 1, name: `Job ${picture}` })).toBeVisible();
});

test("Jobs are searched, filtered and sorted", async ({ visit, picture }) => {
	const page = await visit("jobs");
	const row = page.getByRole("row", { name: new RegExp(`Job ${picture} `) });
	await expect(row).toContainText("16");
	await page.getByLabel("Search jobs").fill("no such requester");
	await expect(row).toBeHidden();
	await expect(page.getByText("No job is like that.")).toBeVisible();
	await page.getByLabel("Search jobs").fill(String(picture));
	await expect(row).toBeVisible();
	await page.getByLabel("Status").selectOption("closed");
	await expect(row).toBeHidden();
	await page.getByLabel("Status").selectOption("open");
	await page.getByLabel("Order").selectOption("escrow");
	await expect(row).toBeVisible();
});

test("a job shows its batches, its money and its odds", async ({ visit, picture }) => {
	const page = await visit(`job/${picture}`);
	await expect(page.locator("#grid-legend [data-stage=revealed]")).toHaveAttribute("data-count", "4");
	const money = page.locator("#money-flow");
	await expect(money).toHaveAttribute("data-adds-up", "true");
	await expect(money).toContainText("3.2\u00a0ASY put into escrow");
	// One validator, two of four tasks: half of those with one wrong result are caught if it is honest.
	await expect(page.locator("#odds")).toContainText("in 50\u00a0% if all auditors are honest");
	await expect(page.locator("#audits")).toContainText("4");
	await expect(page.locator("#job-events")).toContainText(/revealed batch.*3/);
	await page.getByText("As a table").click();
	await expect(page.getByRole("row", { name: /Batch 2 revealed/ })).toContainText("8–11");
	// The grid with the keyboard.
	await page.locator("canvas.grid").focus();
	await page.keyboard.press("ArrowRight");
	await page.keyboard.press("ArrowRight");
	await expect(page.locator(".grid-told")).toContainText("Batch 1: revealed");
	await page.keyboard.press("Enter");
	await expect(page.getByRole("heading", { level: 1, name: "Batch 1" })).toBeVisible();
});

test("a batch shows its way, its receipt and its audit", async ({ visit, picture }) => {
	const page = await visit(`job/${picture}/batch/2`);
	await expect(page.locator(".timeline .done")).toHaveCount(4);
	await expect(page.locator(".timeline .now")).toContainText("Paid");
	await expect(page.locator("#receipt-verdict.good")).toContainText("Signed by the worker");
	await expect(page.locator("#batch-events")).toContainText("ran tasks of");
	await page.locator("#batch-events .block-link").first().click();
	await expect(page.getByRole("heading", { level: 1, name: /^Block \d+$/ })).toBeVisible();
	await expect(page.getByLabel("Events in this block")).toContainText("batch");
});

test("worker, auditor and account tell what they did", async ({ visit, picture }) => {
	const page = await visit(`job/${picture}/batch/0`);
	await page.locator(".page-head .account").click();
	await expect(page.getByRole("heading", { level: 1, name: "Worker" })).toBeVisible();
	await expect(page.locator("#worker-slashed .value")).toHaveText("0\u00a0ASY");
	await expect(page.getByLabel("Events of this account, newest first")).toContainText("claimed batch");
	await page.getByRole("link", { name: "account", exact: true }).click();
	await expect(page.locator("#account-free .value")).toContainText("ASY");
	await page.goto(page.url().replace(/#.*/, "#/now"));
	await page.locator("#validators .account").click();
	await expect(page.getByRole("heading", { level: 1, name: "Auditor" })).toBeVisible();
	await expect(page.locator(".figures")).toContainText("yes");
});

test("programs are listed, fetched and held against the machine's profile", async ({ visit, picture }) => {
	expect(picture).toBeGreaterThanOrEqual(0);
	const page = await visit("programs");
	await page.locator("tbody a").first().click();
	await page.getByRole("button", { name: "Fetch and check" }).click();
	await expect(page.locator("#program-verdict.good")).toContainText("The machine takes it.");
	await expect(page.locator(".facts")).toContainText("fd_write");
});

test("what is not there is said to be not there", async ({ visit }) => {
	const page = await visit("job/4000000");
	await expect(page.getByText("There is no job 4000000 on this chain")).toBeVisible();
	await page.goto(page.url().replace(/#.*/, "#/worker/5CiPPseXPECbkjWCa6MnjNokrgYjMqmKndv2rSnekmSK2DjL"));
	await expect(page.getByText("This account is no worker")).toBeVisible();
	await page.goto(page.url().replace(/#.*/, "#/nowhere"));
	await expect(page.getByText("There is no such page.")).toBeVisible();
});
