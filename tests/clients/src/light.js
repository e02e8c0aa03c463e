// smoldot: a light client, as it runs in browsers. It gets the raw specification of the chain and nothing else, follows
// the chain by its finality, and checks the proof of whatever a node tells it.

import assert from "node:assert/strict"
import { createClient } from "polkadot-api"
import { getSmProvider } from "polkadot-api/sm-provider"
import { start } from "smoldot"
import { waitFor } from "./chain.js"
import { BOUNTY, PROGRAM, upload } from "./job.js"
import { account, post, watchToTheEnd } from "./papi.js"

/** Errors and warnings only. */
const LOG_LEVEL = 2

export async function smoldotFollowsTheChain(chain) {
	const specification = await chain.lightSpecification()
	const smoldot = start({
		maxLogLevel: LOG_LEVEL,
		// Plain WebSockets, which browsers allow to this machine alone.
		forbidTcp: true,
		forbidWebRtc: true,
		logCallback: (_level, target, message) => process.stderr.write(`smoldot ${target}: ${message}\n`),
	})
	const client = createClient(getSmProvider(() => smoldot.addChain({ chainSpec: specification })))
	try {
		const finalised = []
		const following = client.finalizedBlock$.subscribe({ next: (block) => finalised.push(block), error: () => undefined })
		const atFirst = await chain.finalised()
		const behind = await waitFor("smoldot to catch up", () => finalised.find((block) => block.number >= atFirst))
		assert.equal(behind.hash, await chain.ask("chain_getBlockHash", behind.number))
		const further = await waitFor("smoldot to go on", () => finalised.find((block) => block.number > behind.number + 1))
		assert.equal(further.hash, await chain.ask("chain_getBlockHash", further.number))
		following.unsubscribe()

		// Posted over the network, not through anybody's RPC, and read with proofs.
		const api = client.getUnsafeApi()
		const ferdie = await account("//Ferdie")
		const program = await upload(chain, PROGRAM)
		const id = await post(api, program, ferdie)
		const stored = await api.query.Compute.Jobs.getValue(id)
		assert.equal(stored.spec.bounty, BOUNTY)
		assert.equal((await chain.ask("compute_getJob", Number(id))).requester, ferdie.address)
		await watchToTheEnd(api, id, ferdie)
	} finally {
		client.destroy()
		await smoldot.terminate()
	}
}
