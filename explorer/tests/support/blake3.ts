// BLAKE3 with the explorer's own verifier, as anybody who forges a blob would need it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SITE } from "./paths";

interface Verifier {
	memory: WebAssembly.Memory;
	allocate(len: number): number;
	answer(address: number, len: number): bigint;
}

export async function blake3(bytes: Uint8Array): Promise<string> {
	const { instance } = await WebAssembly.instantiate(readFileSync(join(SITE, "verifier.wasm")), {});
	const verifier = instance.exports as unknown as Verifier;
	const parts = [Buffer.from('{"ask":"hash"}'), bytes];
	const message = Buffer.concat(parts.flatMap((part) => {
		const length = Buffer.alloc(4);
		length.writeUInt32LE(part.length);
		return [length, part];
	}));
	const address = verifier.allocate(message.length);
	new Uint8Array(verifier.memory.buffer).set(message, address);
	const reply = BigInt.asUintN(64, verifier.answer(address, message.length));
	const [start, length] = [Number(reply & 0xffffffffn), Number(reply >> 32n)];
	const json = new TextDecoder().decode(new Uint8Array(verifier.memory.buffer, start + 4, length - 4));
	return (JSON.parse(json) as { hash: string }).hash;
}
