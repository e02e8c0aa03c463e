// Who signs: accounts of extensions, and the accounts that everybody knows on development chains.
import { sr25519CreateDerive } from "@polkadot-labs/hdkd";
import { DEV_PHRASE, entropyToMiniSecret, mnemonicToEntropy, ss58Address } from "@polkadot-labs/hdkd-helpers";
import type { PolkadotSigner } from "polkadot-api";
import { connectInjectedExtension, getInjectedExtensions } from "polkadot-api/pjs-signer";
import { getPolkadotSigner } from "polkadot-api/signer";

export interface SigningAccount {
	name: string;
	address: string;
	source: string;
	signer: PolkadotSigner;
}

const DEVELOPMENT = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie"];

/** The accounts with money on a development chain, and nowhere else. */
export function developmentAccounts(prefix: number): SigningAccount[] {
	const derive = sr25519CreateDerive(entropyToMiniSecret(mnemonicToEntropy(DEV_PHRASE)));
	return DEVELOPMENT.map((name) => {
		const pair = derive(`//${name}`);
		return {
			name,
			address: ss58Address(pair.publicKey, prefix),
			source: "development",
			signer: getPolkadotSigner(pair.publicKey, "Sr25519", (message) => pair.sign(message)),
		};
	});
}

export const extensions = (): string[] => getInjectedExtensions();

/** Asks an extension for its accounts; it asks its owner. */
export async function extensionAccounts(name: string): Promise<SigningAccount[]> {
	const extension = await connectInjectedExtension(name, "Assay explorer");
	return extension.getAccounts().map((account) => ({
		name: account.name ?? account.address,
		address: account.address,
		source: name,
		signer: account.polkadotSigner,
	}));
}
