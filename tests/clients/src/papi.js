// `polkadot-api` (PAPI), without generated descriptors: all it knows of the chain is what the chain's metadata tells.

import { Keyring } from "@polkadot/api"
import { cryptoWaitReady } from "@polkadot/util-crypto"
import assert from "node:assert/strict"
import { createClient, Enum } from "polkadot-api"
import { getPolkadotSigner } from "polkadot-api/signer"
import { getWsProvider } from "polkadot-api/ws"
import { WebSocket } from "ws"
import { waitFor } from "./chain.js"
import { BOUNTY, PROGRAM, TASKS, upload } from "./job.js"

/** The key of a development account, and its address. */
export async function account(suri) {
	await cryptoWaitReady()
	const pair = new Keyring({ type: "sr25519" }).addFromUri(suri)
	const signer = getPolkadotSigner(pair.publicKey, "Sr25519", async (bytes) => pair.sign(bytes))
	return { address: pair.address, signer }
}

/** The job, in the words of this library. */
export function specification(program) {
	const blob = { hash: program.hash, len: BigInt(program.len) }
	return {
		program: blob,
		vm_version: 1,
		input: Enum("Shared", { blob }),
		tasks: TASKS,
		batch_size: TASKS,
		bounty: BOUNTY,
		limits: { fuel: 1_000_000n, memory_pages: 1, output_bytes: 64 },
		audit: { auditors: 1, samples: 1, rate: 1_000_000 },
		execution_window: 200,
		challenge_window: 5,
		lifetime: 5_000,
	}
}

/** Posts the job, and returns its number. */
export async function post(api, program, requester) {
	const call = api.tx.Compute.post_job({ spec: specification(program) })
	const { ok, events, dispatchError } = await call.signAndSubmit(requester.signer)
	assert.ok(ok, JSON.stringify(dispatchError))
	const posted = events.find((event) => event.type === "Compute" && event.value.type === "JobPosted")
	assert.ok(posted, "the block says that a job was posted")
	return posted.value.value.job
}

/** Cancels the job, and waits until whoever watches its storage sees it closed. */
export async function watchToTheEnd(api, id, requester) {
	const seen = []
	const watching = api.query.Compute.Jobs.watchValue(id).subscribe({
		next: ({ value }) => seen.push(value),
		error: (error) => seen.push(error),
	})
	try {
		await waitFor("the first state of the job", () => seen.length > 0)
		assert.ok(!(seen[0] instanceof Error), `${seen[0]}`)
		assert.equal(seen[0].state.type, "Open")
		const cancelled = await api.tx.Compute.cancel_job({ job: id }).signAndSubmit(requester.signer)
		assert.ok(cancelled.ok, JSON.stringify(cancelled.dispatchError))
		await waitFor("the job to be closed", () => seen.some((job) => job?.state?.type === "Closed"))
	} finally {
		watching.unsubscribe()
	}
}

export async function papiPostsAndReads(chain) {
	const client = createClient(getWsProvider(chain.url, { websocketClass: WebSocket }))
	try {
		const api = client.getUnsafeApi()
		const eve = await account("//Eve")
		const program = await upload(chain, PROGRAM)
		const id = await post(api, program, eve)

		const stored = await api.query.Compute.Jobs.getValue(id)
		assert.equal(stored.spec.bounty, BOUNTY)
		const view = await api.apis.ComputeApi.job(id)
		assert.equal(view.spec.tasks, TASKS)
		// A method of the node's own, which is no part of the library.
		const told = await client._request("compute_getJob", [Number(id)])
		assert.equal(told.requester, eve.address)
		assert.equal(told.spec.program.hash, program.hash)

		await watchToTheEnd(api, id, eve)
	} finally {
		client.destroy()
	}
}
