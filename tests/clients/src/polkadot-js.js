// `@polkadot/api`: what the explorer and most scripts use.

import { ApiPromise, Keyring, WsProvider } from "@polkadot/api"
import assert from "node:assert/strict"
import { waitFor } from "./chain.js"
import { ASY, BOUNTY, PROGRAM, TASKS, upload } from "./job.js"

/** The methods of Assay's own, as this library wants to be told of them. */
const METHODS = {
	compute: {
		getJob: {
			description: "a job as it stands",
			params: [{ name: "job", type: "u64" }],
			type: "Json",
		},
	},
}

/** Signs and sends a call, and waits until it is in a block. */
async function send(api, call, key) {
	return new Promise((resolve, reject) => {
		call
			.signAndSend(key, ({ status, dispatchError, events }) => {
				if (dispatchError) {
					const reason = dispatchError.isModule
						? api.registry.findMetaError(dispatchError.asModule).name
						: dispatchError.toString()
					reject(new Error(reason))
				} else if (status.isInBlock) {
					resolve(events.map(({ event }) => event))
				}
			})
			.catch(reject)
	})
}

export async function polkadotJsPostsAndReads(chain) {
	const provider = new WsProvider(chain.url)
	const api = await ApiPromise.create({ provider, rpc: METHODS, noInitWarn: true })
	try {
		await postFollowAndCancel(chain, api, provider)
	} finally {
		await api.disconnect()
	}
}

async function postFollowAndCancel(chain, api, provider) {
	const dave = new Keyring({ type: "sr25519" }).addFromUri("//Dave")
	const program = await upload(chain, PROGRAM)
	const spec = {
		program,
		vmVersion: 1,
		input: { Shared: { blob: program } },
		tasks: TASKS,
		batchSize: TASKS,
		bounty: BOUNTY,
		limits: { fuel: 1_000_000, memoryPages: 1, outputBytes: 64 },
		audit: { auditors: 1, samples: 1, rate: 1_000_000 },
		executionWindow: 200,
		challengeWindow: 5,
		lifetime: 5_000,
	}
	const before = (await api.query.system.account(dave.address)).data
	const events = await send(api, api.tx.compute.postJob(spec), dave)
	const posted = events.find((event) => api.events.compute.JobPosted.is(event))
	assert.ok(posted, "the block says that a job was posted")
	const id = posted.data.job.toNumber()

	// The same job from the state, from the runtime, and over the node's own method.
	const stored = (await api.query.compute.jobs(id)).unwrap()
	assert.equal(stored.spec.bounty.toBigInt(), BOUNTY)
	assert.equal(stored.spec.program.toJSON().hash, program.hash)
	const view = (await api.call.computeApi.job(id)).unwrap()
	assert.equal(view.spec.tasks.toNumber(), TASKS)
	assert.equal(view.status.type, "Open")
	const told = await api.rpc.compute.getJob(id)
	assert.equal(told.toJSON().requester, dave.address)
	assert.equal(told.toJSON().spec.bounty, BOUNTY.toString())
	const held = (await api.query.system.account(dave.address)).data
	assert.ok(held.reserved.toBigInt() - before.reserved.toBigInt() >= BOUNTY * BigInt(TASKS), "the bounty is held")
	assert.ok(before.free.toBigInt() - held.free.toBigInt() < 100n * ASY, "and not much besides")

	const views = []
	const subscription = await provider.subscribe("compute_job", "compute_subscribeJob", [id], (error, job) => {
		if (!error) views.push(job)
	})
	await waitFor("the subscription to begin", () => views.length > 0)
	assert.equal(views[0].status, "open")
	await assert.rejects(send(api, api.tx.compute.cancelJob(id + 1_000), dave), /UnknownJob/)
	await send(api, api.tx.compute.cancelJob(id), dave)
	const last = await waitFor("the subscription to tell the end", () => views.find((job) => job.status === "closed"))
	assert.equal(last.refunded, last.escrowed)
	await provider.unsubscribe("compute_job", "compute_unsubscribeJob", subscription).catch(() => undefined)
}
