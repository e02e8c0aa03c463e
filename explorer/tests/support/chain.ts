// A development chain, workers on it, and the wallet to post jobs with: real processes all of them.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary, EXAMPLES, PROGRAMS } from "./paths";

const PATIENCE = 600_000;

export async function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.on("error", reject);
		server.listen(0, "127.0.0.1", () => {
			const address = server.address();
			server.close(() => (typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port"))));
		});
	});
}

export async function waitFor<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
	const end = Date.now() + PATIENCE;
	for (;;) {
		const found = await look().catch(() => undefined);
		if (found !== undefined) return found;
		if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
		await new Promise((resume) => setTimeout(resume, 300));
	}
}

function run(name: string, args: string[], log: string): ChildProcess {
	const out = openSync(log, "a");
	return spawn(binary(name), args, { stdio: ["ignore", out, out] });
}

async function stop(child: ChildProcess | undefined): Promise<void> {
	if (!child || child.exitCode !== null || child.signalCode !== null) return;
	await new Promise<void>((resolve) => {
		const hard = setTimeout(() => child.kill("SIGKILL"), 20_000);
		child.once("exit", () => {
			clearTimeout(hard);
			resolve();
		});
		child.kill("SIGTERM");
	});
}

export class Chain {
	private node: ChildProcess | undefined;
	private workers: ChildProcess[] = [];

	private constructor(
		readonly rpcPort: number,
		private readonly networkPort: number,
		private readonly folder: string,
	) {}

	get url(): string {
		return `ws://127.0.0.1:${this.rpcPort}`;
	}

	static async start(): Promise<Chain> {
		const chain = new Chain(await freePort(), await freePort(), mkdtempSync(join(tmpdir(), "assay-explorer-")));
		await chain.startNode();
		return chain;
	}

	/** What another process needs in order to use this chain: see `joined`. */
	invitation(): string {
		return JSON.stringify([this.rpcPort, this.networkPort, this.folder]);
	}

	/** A chain that another process started, and will stop. */
	static joined(invitation: string): Chain {
		const [rpcPort, networkPort, folder] = JSON.parse(invitation) as [number, number, string];
		return new Chain(rpcPort, networkPort, folder);
	}

	async startNode(): Promise<void> {
		this.node = run("assay-node", [
			"--dev", "--base-path", join(this.folder, "node"), "--rpc-port", String(this.rpcPort),
			"--listen-addr", `/ip4/127.0.0.1/tcp/${this.networkPort}`, "--no-mdns", "--no-prometheus", "--no-telemetry",
		], join(this.folder, "node.log"));
		const before = await waitFor("the node to answer", () => this.finalized());
		await waitFor("the node to finalise", async () => ((await this.finalized()) > before ? true : undefined));
	}

	async stopNode(): Promise<void> {
		await stop(this.node);
	}

	startWorker(account: string, options: { falsifyEvery?: number } = {}): void {
		const { falsifyEvery } = options;
		const name = falsifyEvery ? "assay-falsifying-worker" : "assay-worker";
		const args = ["--node", this.url, "--suri", account, "--stake", "20", "--data-dir", join(this.folder, account.replace(/\W/g, ""))];
		if (falsifyEvery) args.push("--falsify-every", String(falsifyEvery));
		this.workers.push(run(name, args, join(this.folder, "workers.log")));
	}

	async stopWorkers(): Promise<void> {
		await Promise.all(this.workers.map(stop));
		this.workers = [];
	}

	async stopAll(): Promise<void> {
		await this.stopWorkers();
		await stop(this.node);
		rmSync(this.folder, { recursive: true, force: true });
	}

	logs(): string {
		return ["node.log", "workers.log"].map((name) => {
			try {
				return readFileSync(join(this.folder, name), "utf8").split("\n").slice(-20).join("\n");
			} catch {
				return "";
			}
		}).join("\n---\n");
	}

	async rpc<T>(method: string, params: unknown[] = []): Promise<T> {
		const response = await fetch(`http://127.0.0.1:${this.rpcPort}`, {
			method: "POST",
			headers: { "Content-Type": "application/json" },
			body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
		});
		const { result, error } = (await response.json()) as { result: T; error?: { message: string } };
		if (error) throw new Error(error.message);
		return result;
	}

	private async finalized(): Promise<number> {
		const hash = await this.rpc<string>("chain_getFinalizedHead");
		return parseInt((await this.rpc<{ number: string }>("chain_getHeader", [hash])).number, 16);
	}

	/** Posts a job with the wallet, and tells its number. */
	async post(options: { program: string; input: string; tasks: number; batchSize: number; bounty?: string; challenge?: number; more?: string[] }): Promise<number> {
		const { program, input, tasks, batchSize, bounty = "0.1", challenge = 100, more = [] } = options;
		const args = [
			"--node", this.url, "--json", "job", "post", join(PROGRAMS, program), "--input", input, "--tasks", String(tasks), "--batch-size", String(batchSize),
			"--bounty", bounty, "--challenge-window", String(challenge), "--suri", "//Charlie", "--yes", ...more,
		];
		const output = await new Promise<string>((resolve, reject) => {
			execFile(binary("assay"), args, (error, stdout, stderr) => (error ? reject(new Error(stderr)) : resolve(stdout)));
		});
		return (JSON.parse(output) as { job: number }).job;
	}

	/** A picture of 64 by 64 pixels in 16 tiles: milliseconds of work. */
	postPicture(options: { challenge?: number; bounty?: string } = {}): Promise<number> {
		return this.post({ program: "path-tracer.wasm", input: join(EXAMPLES, "scenes/small.scene"), tasks: 16, batchSize: 4, ...options });
	}

	/** Waits until the block that is the best one now is final. */
	async settle(): Promise<void> {
		const best = parseInt((await this.rpc<{ number: string }>("chain_getHeader")).number, 16);
		await waitFor("the best block to be final", async () => ((await this.finalized()) >= best ? true : undefined));
	}

	/** Waits until a batch is in one of these stages. */
	async stage(job: number, batch: number, ...stages: string[]): Promise<void> {
		await waitFor(`batch ${job}/${batch} to be ${stages.join(" or ")}`, async () => {
			const { stage } = await this.rpc<{ stage: string }>("compute_getBatch", [job, batch]);
			return stages.includes(stage) ? true : undefined;
		});
	}
}
