import { existsSync } from "node:fs";
import { join } from "node:path";
import { Chain } from "./chain";
import { binary, CHROMIUM, SITE } from "./paths";

/** Says what is missing before anything is started; then starts the chain that most tests share, and posts the picture. */
export default async function setup() {
	for (const name of ["assay", "assay-node", "assay-worker", "assay-falsifying-worker"]) binary(name);
	if (!existsSync(join(SITE, "index.html"))) throw new Error(`the explorer is not built: scripts/explorer.sh`);
	if (!existsSync(CHROMIUM)) throw new Error(`there is no ${CHROMIUM}`);
	const chain = await Chain.start();
	chain.startWorker("//Bob");
	process.env["ASSAY_TEST_PICTURE"] = String(await chain.postPicture({ challenge: 600 }));
	process.env["ASSAY_TEST_CHAIN"] = chain.invitation();
	return () => chain.stopAll();
}
