// A job, as every client posts it here.

import { blake3 } from "@noble/hashes/blake3"
import { bytesToHex } from "@noble/hashes/utils"

/** One token, in the smallest unit of money. */
export const ASY = 10n ** 12n
/** Pay for a task. */
export const BOUNTY = ASY / 10n
/** How many tasks the job has. */
export const TASKS = 6

/** The smallest module that is a program: it does nothing, and says so. */
export const PROGRAM = Uint8Array.from(
	[
		// "\0asm", version 1
		[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
		// one type: nothing to nothing
		[0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
		// one function of that type
		[0x03, 0x02, 0x01, 0x00],
		// a memory of one page
		[0x05, 0x03, 0x01, 0x00, 0x01],
		// exports: "memory", "_start"
		[0x07, 0x13, 0x02],
		[0x06, ...Buffer.from("memory"), 0x02, 0x00],
		[0x06, ...Buffer.from("_start"), 0x00, 0x00],
		// its body: end
		[0x0a, 0x04, 0x01, 0x02, 0x00, 0x0b],
	].flat(),
)

/** What names a blob: the BLAKE3 hash of its bytes. */
export function hashOf(bytes) {
	return `0x${bytesToHex(blake3(bytes))}`
}

/** Puts a blob onto the node, and returns its name and length. */
export async function upload(chain, bytes) {
	const hash = hashOf(bytes)
	const data = Buffer.from(bytes).toString("base64")
	const status = await chain.ask("blob_upload", hash, bytes.length, 0, data)
	if (status.state !== "complete") throw new Error(`not uploaded: ${JSON.stringify(status)}`)
	return { hash, len: bytes.length }
}
