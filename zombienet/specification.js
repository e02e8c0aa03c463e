// Prints the raw specification of a chain with four validators: the local testnet, with Dave added to its first block, and
// short sessions, so that a validator that joins need not be waited for long.
//
// node specification.js ASSAY-NODE > FILE

const { execFileSync } = require("node:child_process")
const { mkdtempSync, rmSync, writeFileSync } = require("node:fs")
const { tmpdir } = require("node:os")
const { join } = require("node:path")

/** Dave's account, and the key that he finalises with (ed25519). */
const DAVE = "5DAAnrj7VHTznn2AWBemMuyBwZWs6FNFjdyVXUeYum3PTXFy"
const DAVE_FINALITY = "5ECTwv6cZ5nJQPk6tWfaTrEk8YH2L7X1VT4EL5Tx2ikfFwb7"
/** What he has at stake as an auditor, in the smallest unit. */
const STAKE = 1_000_000_000_000_000
/** Where the state has the number of slots in a session: the XX hash of `:EpochSlots:`. */
const SESSION_SLOTS_KEY = "0xd5f469e1eed1ce4f2fb4169d7271dbf9"
/** A minute. */
const SESSION_SLOTS = 20

function main(node) {
	const exported = (...options) =>
		JSON.parse(
			execFileSync(node, ["export-chain-spec", ...options], {
				maxBuffer: 1 << 28,
				stdio: ["ignore", "pipe", "ignore"],
			}),
		)
	const plain = exported("--chain", "local")
	const { candidates, compute, session } = plain.genesis.runtimeGenesis.patch
	candidates.invulnerables.push(DAVE)
	compute.auditors.push([DAVE, STAKE])
	session.keys.push([DAVE, DAVE, { audit: DAVE, babe: DAVE, grandpa: DAVE_FINALITY }])
	plain.id = plain.protocolId = "assay-test"

	const directory = mkdtempSync(join(tmpdir(), "assay-specification-"))
	try {
		const path = join(directory, "plain.json")
		writeFileSync(path, JSON.stringify(plain))
		const raw = exported("--raw", "--chain", path)
		const slots = Buffer.alloc(8)
		slots.writeBigUInt64LE(BigInt(SESSION_SLOTS))
		raw.genesis.raw.top[SESSION_SLOTS_KEY] = `0x${slots.toString("hex")}`
		process.stdout.write(JSON.stringify(raw))
	} finally {
		rmSync(directory, { recursive: true })
	}
}

main(process.argv[2])
