// The built files from a plain file server.
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join } from "node:path";
import { SITE } from "./paths";

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".wasm": "application/wasm" };

export async function serve(): Promise<{ url: string; server: Server }> {
	// As they are now: a build in the meantime changes nothing.
	const names = readdirSync(SITE, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
	const files = new Map(names.map((name) => [name.slice(SITE.length), readFileSync(name)]));
	const server = createServer((request, response) => {
		const asked = new URL(request.url ?? "/", "http://localhost").pathname;
		const path = asked === "/" ? "/index.html" : asked;
		const bytes = files.get(path);
		if (bytes) response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "application/octet-stream" }).end(bytes);
		else response.writeHead(404).end();
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const address = server.address();
	if (typeof address !== "object" || !address) throw new Error("the server has no address");
	return { url: `http://127.0.0.1:${address.port}`, server };
}
