// A wallet extension as the page sees one: the interface of polkadot-js, with a real key behind it.
import { sr25519CreateDerive } from "@polkadot-labs/hdkd";
import { blake2b256, DEV_PHRASE, entropyToMiniSecret, mnemonicToEntropy, ss58Address } from "@polkadot-labs/hdkd-helpers";
import type { Page } from "@playwright/test";
import type { Chain } from "./chain";

interface Payload {
	method: string;
	era: string;
	nonce: string;
	tip: string;
	mode?: number;
	specVersion: string;
	transactionVersion: string;
	genesisHash: string;
	blockHash: string;
	signedExtensions: string[];
}

const bytes = (hex: string) => Buffer.from(hex.replace(/^0x/, "").padStart(2, "0"), "hex");

function word(hex: string): Buffer {
	const buffer = Buffer.alloc(4);
	buffer.writeUInt32LE(parseInt(hex, 16));
	return buffer;
}

/** SCALE's compact form of small numbers. */
function compact(hex: string): Buffer {
	const value = parseInt(hex, 16) || 0;
	if (value < 64) return Buffer.from([value << 2]);
	if (value >= 1 << 14) throw new Error(`${value} is not what the tests expect here`);
	const buffer = Buffer.alloc(2);
	buffer.writeUInt16LE((value << 2) | 1);
	return buffer;
}

/** What is signed: the call, what the extensions add to the transaction, and what they add to the signature only. */
function signedBytes(payload: Payload): Uint8Array {
	const explicit: Record<string, Buffer> = {
		CheckMortality: bytes(payload.era),
		CheckNonce: compact(payload.nonce),
		ChargeTransactionPayment: compact(payload.tip),
		CheckMetadataHash: Buffer.from([payload.mode ?? 0]),
	};
	const implicit: Record<string, Buffer> = {
		CheckSpecVersion: word(payload.specVersion),
		CheckTxVersion: word(payload.transactionVersion),
		CheckGenesis: bytes(payload.genesisHash),
		CheckMortality: bytes(payload.blockHash),
		CheckMetadataHash: Buffer.from([0]),
	};
	const all = (of: Record<string, Buffer>) => payload.signedExtensions.map((name) => of[name] ?? Buffer.alloc(0));
	const message = Buffer.concat([bytes(payload.method), ...all(explicit), ...all(implicit)]);
	return message.length > 256 ? blake2b256(message) : message;
}

export async function installWallet(page: Page, path: string, chain: Chain): Promise<{ signed: number }> {
	const state = { signed: 0 };
	const pair = sr25519CreateDerive(entropyToMiniSecret(mnemonicToEntropy(DEV_PHRASE)))(path);
	const { ss58Format } = await chain.rpc<{ ss58Format: number }>("system_properties");
	const address = ss58Address(pair.publicKey, ss58Format);
	await page.exposeFunction("assayTestSign", (payload: Payload) => {
		state.signed++;
		return "0x01" + Buffer.from(pair.sign(signedBytes(payload))).toString("hex");
	});
	await page.addInitScript((address) => {
		const sign = (window as unknown as { assayTestSign: (payload: unknown) => Promise<string> }).assayTestSign;
		const accounts = [{ address, name: "Test wallet", type: "sr25519" }];
		const extension = {
			accounts: {
				get: () => Promise.resolve(accounts),
				subscribe: (listener: (found: typeof accounts) => void) => {
					listener(accounts);
					return () => undefined;
				},
			},
			signer: {
				signPayload: async (payload: unknown) => ({ id: 1, signature: await sign(payload) }),
				signRaw: () => Promise.reject(new Error("this page has nothing but transactions to sign")),
			},
		};
		Object.assign(window, { injectedWeb3: { "assay-test-wallet": { version: "1", enable: () => Promise.resolve(extension) } } });
	}, address);
	return state;
}
