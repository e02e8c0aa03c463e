// Fetches the runtime's metadata from a node, for the descriptors that the explorer is compiled with:
//
//	node scripts/metadata.mjs [http://127.0.0.1:9944]
//
// Over HTTP, which is all that it takes. Version 15 is the newest that describes runtime calls and is stable.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const node = process.argv[2] ?? "http://127.0.0.1:9944";
const target = fileURLToPath(new URL("../.papi/metadata/assay.scale", import.meta.url));

const response = await fetch(node, {
	method: "POST",
	headers: { "Content-Type": "application/json" },
	body: JSON.stringify({
		jsonrpc: "2.0",
		id: 1,
		method: "state_call",
		params: ["Metadata_metadata_at_version", "0x0f000000"],
	}),
});
const { result, error } = await response.json();
if (error) throw new Error(`${node}: ${error.message}`);
// An option of a byte string: what is inside begins with "meta".
const bytes = Buffer.from(result.slice(2), "hex");
const start = bytes.indexOf("meta");
if (bytes[0] !== 1 || start < 2 || start > 6) throw new Error(`${node} has no metadata of version 15`);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, bytes.subarray(start));
console.log(`${bytes.length - start} bytes of metadata in ${target}`);
