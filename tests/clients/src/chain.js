// A chain of one's own: a node with the one validator of a development chain, which light clients can connect to.

import { execFileSync, spawn } from "node:child_process"
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

/** Longer than anything takes that happens at all, on a slow machine under load too: milliseconds. */
export const PATIENCE = 240_000
const PAUSE = 300

/** Looks again and again until there is something to see. */
export async function waitFor(what, look) {
	const start = Date.now()
	for (;;) {
		const found = await look()
		if (found !== undefined && found !== null && found !== false) return found
		if (Date.now() - start > PATIENCE) throw new Error(`waited ${PATIENCE / 1000} s in vain for ${what}`)
		await sleep(PAUSE)
	}
}

/** Ports nobody listens at. */
async function freePorts(count) {
	const servers = await Promise.all(
		Array.from({ length: count }, async () => {
			const server = createServer()
			await new Promise((listening) => server.listen(0, "127.0.0.1", listening))
			return server
		}),
	)
	const ports = servers.map((server) => server.address().port)
	await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))))
	return ports
}

/** A running `assay-node --dev`. */
export class Chain {
	/** Starts a node and waits until it has finalised a block. */
	static async start() {
		const binary = process.env.ASSAY_NODE
		if (!binary) throw new Error("ASSAY_NODE does not say where assay-node is: run scripts/clients.sh")
		const chain = new Chain()
		chain.binary = binary
		chain.directory = mkdtempSync(join(tmpdir(), "assay-clients-"))
		;[chain.rpcPort, chain.networkPort] = await freePorts(2)
		chain.log = join(chain.directory, "log")
		const log = createWriteStream(chain.log)
		await new Promise((open) => log.once("open", open))
		chain.process = spawn(
			binary,
			[
				["--dev", "--base-path", join(chain.directory, "node")],
				["--rpc-port", `${chain.rpcPort}`],
				// Browsers, and light clients in them, can open no plain TCP connections.
				["--listen-addr", `/ip4/127.0.0.1/tcp/${chain.networkPort}/ws`],
				["--no-mdns", "--no-prometheus", "--no-telemetry"],
			].flat(),
			{ stdio: ["ignore", log, log] },
		)
		await waitFor("the node to finalise a block", async () => {
			if (chain.process.exitCode !== null) throw new Error(`the node ended:\n${chain.tail()}`)
			return (await chain.finalised().catch(() => 0)) > 0
		})
		return chain
	}

	/** The address for clients that trust the node. */
	get url() {
		return `ws://127.0.0.1:${this.rpcPort}`
	}

	/** The result of a call over plain HTTP. */
	async ask(method, ...params) {
		const answer = await fetch(`http://127.0.0.1:${this.rpcPort}`, {
			method: "POST",
			headers: { "Content-Type": "application/json" },
			body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
		})
		const { result, error } = await answer.json()
		if (error) throw new Error(`${method}: ${JSON.stringify(error)}`)
		return result
	}

	/** The number of the last final block. */
	async finalised() {
		const header = await this.ask("chain_getHeader", await this.ask("chain_getFinalizedHead"))
		return Number(header.number)
	}

	/** The raw specification of the chain, with this node as the way in: all that a light client gets. */
	async lightSpecification() {
		const output = execFileSync(this.binary, ["export-chain-spec", "--chain", "dev", "--raw"], {
			maxBuffer: 1 << 28,
			stdio: ["ignore", "pipe", "ignore"],
		})
		const specification = JSON.parse(output)
		const peer = await this.ask("system_localPeerId")
		specification.bootNodes = [`/ip4/127.0.0.1/tcp/${this.networkPort}/ws/p2p/${peer}`]
		return JSON.stringify(specification)
	}

	/** The end of what the node has printed. */
	tail() {
		return readFileSync(this.log, "utf8").split("\n").slice(-40).join("\n")
	}

	/** Ends the node and forgets the chain. */
	async stop() {
		const ended = new Promise((end) => this.process.once("exit", end))
		if (this.process.exitCode === null) {
			this.process.kill("SIGKILL")
			await ended
		}
		rmSync(this.directory, { recursive: true, force: true })
	}
}
