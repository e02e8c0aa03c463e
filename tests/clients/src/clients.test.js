// Assay seen by the clients that people use for Substrate chains: `@polkadot/api`, `polkadot-api`, and the light client
// smoldot, which trusts nobody but the first block. Each posts a job of its own with the key of a development account,
// reads it, and follows it until it is over.

import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { Chain } from "./chain.js"
import { smoldotFollowsTheChain } from "./light.js"
import { papiPostsAndReads } from "./papi.js"
import { polkadotJsPostsAndReads } from "./polkadot-js.js"

let chain

before(async () => {
	chain = await Chain.start()
})

after(async () => {
	await chain?.stop()
})

async function withLog(run) {
	try {
		await run(chain)
	} catch (error) {
		process.stderr.write(`--- the end of the node's log:\n${chain.tail()}\n---\n`)
		throw error
	}
}

test("@polkadot/api reads, subscribes and posts", () => withLog(polkadotJsPostsAndReads))
test("polkadot-api reads, subscribes and posts", () => withLog(papiPostsAndReads))
test("smoldot follows the chain and proves what it reads", () => withLog(smoldotFollowsTheChain))

test("jobs are told apart", async () => {
	const jobs = await chain.ask("compute_listJobs", 0, 10)
	assert.deepEqual(
		jobs.map((job) => job.status),
		["closed", "closed", "closed"],
	)
})
