// Programs, inputs and results: fetched from a node and brought to it, a piece at a time.
import { request } from "./connection";
import type { Hash } from "./types";

const PIECE = 1 << 20;
/** A node that does not have a blob looks for it at others first. */
const DOWNLOAD_SECONDS = 120;

export type Progress = (done: number, all: number) => void;

function fromBase64(text: string): Uint8Array {
	const binary = atob(text);
	const bytes = new Uint8Array(binary.length);
	for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
	return bytes;
}

function toBase64(bytes: Uint8Array): string {
	let binary = "";
	for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
	return btoa(binary);
}

/** All of a blob. What came is to be checked by whoever asked: a node can send what it likes. */
export async function download(hash: Hash, len: number, progress?: Progress): Promise<Uint8Array> {
	const bytes = new Uint8Array(len);
	let done = 0;
	while (done < len) {
		const limit = Math.min(PIECE, len - done);
		const piece = await request<{ data: string }>("blob_download", [hash, done, limit], DOWNLOAD_SECONDS);
		const data = fromBase64(piece.data);
		if (data.length === 0 || data.length > limit) throw new Error(`the node sent ${data.length} bytes where ${limit} were asked for`);
		bytes.set(data, done);
		done += data.length;
		progress?.(done, len);
	}
	return bytes;
}

/** Brings a blob to the node, from where an earlier upload stopped. */
export async function upload(hash: Hash, bytes: Uint8Array, progress?: Progress): Promise<void> {
	const status = await request<{ state: string; received: number }>("blob_status", [hash]);
	if (status.state === "complete") {
		// What the node has from other nodes gives way to what its clients bring: it is told to keep it.
		const kept = await request<{ state: string }>("blob_upload", [hash, bytes.length, 0, ""], DOWNLOAD_SECONDS);
		if (kept.state === "complete") return;
		status.received = 0;
	}
	let done = status.received;
	do {
		const piece = bytes.subarray(done, done + PIECE);
		await request("blob_upload", [hash, bytes.length, done, toBase64(piece)], DOWNLOAD_SECONDS);
		done += piece.length;
		progress?.(done, bytes.length);
	} while (done < bytes.length);
}
