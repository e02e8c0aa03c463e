import { existsSync } from "node:fs";
import { join } from "node:path";
import { binary, CHROMIUM, SITE } from "./paths";

/** Says what is missing before anything is started. */
export default function setup() {
	for (const name of ["assay", "assay-node", "assay-worker", "assay-falsifying-worker"]) binary(name);
	if (!existsSync(join(SITE, "index.html"))) throw new Error(`the explorer is not built: scripts/explorer.sh`);
	if (!existsSync(CHROMIUM)) throw new Error(`there is no ${CHROMIUM}`);
}
