// What the tests do to a network, besides what zombienet can do itself. A test names a step and its arguments:
//
//     alice: js-script ./steps.js with "post,3" within 60 seconds
//
// All steps of a test run in one process, which remembers workers and jobs between them and takes the workers with it.

const { execFile, spawn } = require("node:child_process")
const { openSync, readFileSync } = require("node:fs")
const { join } = require("node:path")
const { setTimeout: sleep } = require("node:timers/promises")
const { promisify } = require("node:util")
const { getClient } = require("@zombienet/orchestrator/dist/providers/client")

const { ASSAY_BINARIES, ASSAY_PROGRAMS, ASSAY_SCENES, ASSAY_NEXT_RUNTIME } = process.env
const PAUSE = 1_000

/** Programs that were started here, by the account that they work for. */
const started = new Map()
/** Numbers of the jobs that were posted. */
const jobs = []

process.on("exit", () => {
	for (const { child } of started.values()) child.kill("SIGKILL")
})

/** Runs `assay` against a node. */
async function assay(url, ...args) {
	try {
		const { stdout } = await promisify(execFile)(join(ASSAY_BINARIES, "assay"), ["--node", url, ...args])
		return stdout
	} catch (error) {
		throw new Error(`assay ${args.join(" ")}: ${error.stderr || error.message}`)
	}
}

async function assayJson(url, ...args) {
	return JSON.parse(await assay(url, ...args, "--json"))
}

/** Looks again and again until there is something to see. The test itself says for how long. */
async function until(look) {
	for (;;) {
		const found = await look().catch(() => undefined)
		if (found !== undefined && found !== false) return found
		await sleep(PAUSE)
	}
}

function check(condition, what) {
	if (!condition) throw new Error(what)
}

/** Starts a program of Assay's for an account, with its output in the network's folder. */
function start(network, account, program, args) {
	const log = openSync(join(network.tmpDir, `${program}-${account}.log`), "a")
	const child = spawn(join(ASSAY_BINARIES, program), args, { stdio: ["ignore", log, log] })
	started.set(account, { child, program, args })
}

function kill(account) {
	const { child } = started.get(account)
	const ended = new Promise((end) => child.once("exit", end))
	child.kill("SIGKILL")
	return ended
}

function workerArguments(network, url, account) {
	return [
		["--node", url, "--suri", `//${account}`, "--stake", "20", "--cores", "1"],
		["--data-dir", join(network.tmpDir, `worker-${account}`)],
	].flat()
}

/** What zombienet knows of the process of a node: its number, its command and its log. */
function nodeOf(name) {
	const node = getClient().processMap[name]
	check(node?.pid, `there is no process of ${name}`)
	return node
}

const steps = {
	/** Starts workers for these accounts. */
	async workers({ network, url }, ...accounts) {
		for (const account of accounts) start(network, account, "assay-worker", workerArguments(network, url, account))
	},

	/** Starts a worker that falsifies one task of so many. */
	async liar({ network, url }, account, every) {
		const args = [...workerArguments(network, url, account), "--falsify-every", every]
		start(network, account, "assay-falsifying-worker", args)
	},

	/** Has an auditor lie: see `assay-lying-auditor --help`. */
	async "lying-auditor"({ network, url }, account, behaviour) {
		const args = ["--node", url, "--suri", `//${account}`, "--behaviour", behaviour]
		start(network, account, "assay-lying-auditor", args)
	},

	/** Ends a program of ours as a power cut would. */
	async kill(_, account) {
		await kill(account)
	},

	/** Starts it again. */
	async restart({ network }, account) {
		const { program, args } = started.get(account)
		start(network, account, program, args)
	},

	/** Ends a node as a power cut would. */
	async "kill-node"(_, name) {
		process.kill(nodeOf(name).pid, "SIGKILL")
	},

	/** Starts it again, as zombienet did: its own `restart` takes only nodes that are still running. */
	async "start-node"(_, name) {
		const node = nodeOf(name)
		const log = openSync(node.logs, "a")
		// zombienet ends it with the others.
		node.pid = spawn("bash", ["-c", ...node.cmd], { stdio: ["ignore", log, log] }).pid
	},

	/** Posts so many jobs of 16 tasks in batches of 4, with so many auditors. */
	async post({ url }, count, auditors = "2") {
		for (let posted = 0; posted < Number(count); posted += 1) {
			const answer = await assayJson(
				url,
				...["job", "post", join(ASSAY_PROGRAMS, "path-tracer.wasm"), "--input", join(ASSAY_SCENES, "small.scene")],
				...["--tasks", "16", "--batch-size", "4", "--bounty", "0.1", "--auditors", auditors, "--samples", "1"],
				...["--challenge-window", "5", "--suri", "//Alice//stash", "--yes"],
			)
			jobs.push(Number(answer.job))
		}
	},

	/** Waits until a batch of the last job is being worked on. */
	async busy({ url }) {
		await until(async () => (await assayJson(url, "job", "status", `${jobs.at(-1)}`)).batches.inFlight > 0)
	},

	/** Waits until all jobs are over, and checks that all their batches were paid for and that the books balance. */
	async finished({ url }) {
		for (const job of jobs) {
			const view = await until(async () => {
				const current = await assayJson(url, "job", "status", `${job}`)
				return current.status === "closed" && current
			})
			check(view.batches.settled === 4 && view.batches.refunded === 0, `job ${job}: ${JSON.stringify(view.batches)}`)
			await assay(url, "job", "report", `${job}`)
		}
	},

	/** Waits until the node has finalised as far as another one is now. */
	async "caught-up"({ url, network }, other) {
		const { finalized } = await assayJson(network.nodesByName[other].wsUri, "node")
		await until(async () => (await assayJson(url, "node")).finalized >= finalized)
	},

	/** Checks that a worker was convicted, and that another was not. */
	async convicted({ url }, liar, honest) {
		const lost = await assayJson(url, "account", "worker", "--suri", `//${liar}`)
		check(BigInt(lost.slashed) > 0n, `${liar} was not convicted: ${JSON.stringify(lost)}`)
		const kept = await assayJson(url, "account", "worker", "--suri", `//${honest}`)
		check(BigInt(kept.slashed) === 0n, `${honest} was convicted: ${JSON.stringify(kept)}`)
	},

	/** Checks that an auditor has lost some of its stake, and that others have not. */
	async "lost-stake"({ url }, liar, ...honest) {
		const stake = async (name) => BigInt((await assayJson(url, "auditor", "status", "--suri", `//${name}`)).stake)
		const whole = 1_000n * 10n ** 12n
		check((await stake(liar)) < whole, `${liar} has lost nothing`)
		for (const name of honest) check((await stake(name)) === whole, `${name} has lost something`)
	},

	/** Makes the account a validator with the node that this step runs on, and waits until it validates. */
	async join({ url }, account) {
		await assay(url, "validator", "join", "--suri", `//${account}`)
		await until(async () => (await assayJson(url, "validator", "status", "--suri", `//${account}`)).validates)
	},

	/** Replaces the runtime by the next one, and waits until it is in force and final. */
	async upgrade({ url }) {
		const { ApiPromise, Keyring, WsProvider } = global.zombie
		const api = await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true })
		try {
			const before = api.runtimeVersion.specVersion.toNumber()
			const code = `0x${readFileSync(ASSAY_NEXT_RUNTIME).toString("hex")}`
			const alice = new Keyring({ type: "sr25519" }).addFromUri("//Alice")
			await api.tx.sudo.sudo(api.tx.system.setCode(code)).signAndSend(alice)
			await until(async () => {
				const final = await api.rpc.chain.getFinalizedHead()
				return (await api.rpc.state.getRuntimeVersion(final)).specVersion.toNumber() === before + 1
			})
		} finally {
			await api.disconnect()
		}
	},
}

/** What zombienet calls: on a node of the network, with the words of the test. */
async function run(name, network, [step, ...args]) {
	check(steps[step], `there is no step ${step}`)
	await steps[step]({ network, url: network.nodesByName[name].wsUri }, ...args)
	return 0
}

module.exports = { run }
