// The checks that are compiled from the chain's own code: see verifier/src/lib.rs for the messages.
import type { BlobRef, Hash, InputSpec, JobSpec, TaskOutcome, TaskStatus } from "../chain/types";

interface Exports {
	memory: WebAssembly.Memory;
	allocate(len: number): number;
	release(address: number, len: number): void;
	answer(address: number, len: number): bigint;
}

export interface OpenedTask {
	task: number;
	outcome: TaskOutcome;
	leaf: Hash;
	proof: Hash[];
	verified: boolean;
}

export interface Signatories {
	set: number;
	fingerprint: Hash;
	authorities: [Hash, number][];
}

export interface CertificateAnswer {
	shows: {
		genesis: Hash;
		job: number;
		batch: number;
		attempt: number;
		worker: string;
		requester: string;
		spec: JobSpec;
		receipt: Hash;
		receiptBlock: number;
		outputsRoot: Hash;
		seed: Hash;
		audited: boolean;
		required: number;
		confirmedBy: Hash[];
		overruled: Hash[];
		starved: Hash[];
		sampled: number[];
		block: number;
		blockHash: Hash;
		signedBy: Signatories;
		lineage: Hash[];
		trusted: boolean;
		decision: unknown;
	};
	reports: {
		auditor: Hash;
		block: number;
		findings: "checked" | "unsealed" | "unavailable";
		randomness: Hash | null;
		samples: number[];
		tags: Hash[];
	}[];
	openings: { task: number; outcome: TaskOutcome; leaf: Hash; proof: Hash[] }[];
}

/** What the verifier found wrong, in its words. */
export class NotVerified extends Error {}

let instance: Promise<Exports> | undefined;

async function load(): Promise<Exports> {
	// Beside the page, or beside the script that a worker runs.
	const address = new URL(import.meta.env.DEV ? "/verifier.wasm" : "../verifier.wasm", import.meta.url);
	const response = await fetch(address);
	if (!response.ok) throw new Error(`the verifier cannot be loaded: ${response.status} ${response.statusText}`);
	const { instance } = await WebAssembly.instantiate(await response.arrayBuffer(), {});
	return instance.exports as unknown as Exports;
}

async function ask<T>(question: object, ...attachments: Uint8Array[]): Promise<{ answer: T; parts: Uint8Array[] }> {
	instance ??= load().catch((error: unknown) => {
		instance = undefined;
		throw error;
	});
	const verifier = await instance;
	const parts = [new TextEncoder().encode(JSON.stringify(question)), ...attachments];
	const len = parts.reduce((sum, part) => sum + 4 + part.length, 0);
	const address = verifier.allocate(len) >>> 0;
	const memory = new Uint8Array(verifier.memory.buffer, address, len);
	const view = new DataView(verifier.memory.buffer, address, len);
	let at = 0;
	for (const part of parts) {
		view.setUint32(at, part.length, true);
		memory.set(part, at + 4);
		at += 4 + part.length;
	}
	let packed: bigint;
	try {
		packed = BigInt.asUintN(64, verifier.answer(address, len));
	} catch (error) {
		// Nothing of a module that trapped can be relied on.
		instance = undefined;
		throw error;
	}
	const reply = { address: Number(packed & 0xffffffffn), len: Number(packed >> 32n) };
	const bytes = new Uint8Array(verifier.memory.buffer, reply.address, reply.len).slice();
	verifier.release(reply.address, reply.len);
	const found: Uint8Array[] = [];
	for (let position = 0; position < bytes.length; ) {
		const size = new DataView(bytes.buffer).getUint32(position, true);
		found.push(bytes.subarray(position + 4, position + 4 + size));
		position += 4 + size;
	}
	const [json, ...rest] = found;
	const answer = JSON.parse(new TextDecoder().decode(json)) as T & { error?: string };
	if (typeof answer === "object" && answer !== null && typeof answer.error === "string") throw new NotVerified(answer.error);
	return { answer, parts: rest };
}

const one = (parts: Uint8Array[]): Uint8Array => {
	const [part] = parts;
	if (!part) throw new Error("the verifier's reply is cut off");
	return part;
};

export const hashOf = async (bytes: Uint8Array) => (await ask<BlobRef>({ ask: "hash" }, bytes)).answer;

export interface Receipt {
	genesis: Hash;
	job: number;
	batch: number;
	attempt: number;
	worker: string;
	outputsRoot: Hash;
	sealed: BlobRef;
	sealedRoot: Hash;
	keyCommitment: Hash;
}

export const checkReceipt = async (receipt: Receipt, signature: string | null) =>
	(await ask<{ hash: Hash; encoded: string; authentic: boolean | null }>({ ask: "receipt", receipt, signature })).answer;

export interface Sealed {
	job: number;
	firstTask: number;
	tasks: number;
	sealedRoot: Hash;
	outputsRoot: Hash;
	keyCommitment: Hash;
	key: Hash;
}

/** Opens a sealed batch: each task's result with what it wrote. */
export async function openBatch(question: Sealed, sealed: Uint8Array): Promise<(OpenedTask & { output: Uint8Array })[]> {
	const { answer, parts } = await ask<OpenedTask[]>({ ask: "open", ...question }, sealed);
	return answer.map((task, at) => ({ ...task, output: parts[at] ?? new Uint8Array() }));
}

export const outcomeOf = async (job: number, task: number, status: TaskStatus, fuel: bigint, output: Uint8Array) =>
	(await ask<{ outcome: TaskOutcome; leaf: Hash }>({ ask: "outcome", job, task, status, fuel: fuel.toString() }, output)).answer;

export const checkCertificate = async (bytes: Uint8Array, trustedSet: Hash | null) =>
	(await ask<CertificateAnswer>({ ask: "certificate", trustedSet }, bytes)).answer;

export async function prepare(program: Uint8Array) {
	const { answer, parts } = await ask<{ hash: Hash; initialPages: number; maximumPages: number | null }>({ ask: "prepare" }, program);
	return { ...answer, module: one(parts) };
}

export async function taskInput(input: InputSpec, tasks: number, task: number, blob: Uint8Array) {
	const { answer, parts } = await ask<{ hash: Hash }>({ ask: "input", input, tasks, task }, blob);
	return { hash: answer.hash, bytes: one(parts) };
}

export async function packInputs(inputs: Uint8Array[]) {
	const { answer, parts } = await ask<InputSpec>({ ask: "pack" }, ...inputs);
	return { spec: answer, blob: one(parts) };
}

/** All that `random_get` can give a task; a program that asks for more has to be answered piece by piece. */
export async function randomBytes(program: Hash, input: Hash, index: number, position: number, len: number) {
	return one((await ask<number>({ ask: "random", program, input, index, position, len })).parts);
}

/** The same without waiting, once something was asked before: for calls from inside a running program. */
export async function randomSource(program: Hash, input: Hash, index: number) {
	await hashOf(new Uint8Array());
	const verifier = await instance;
	if (!verifier) throw new Error("the verifier is not there");
	return (position: number, len: number): Uint8Array => {
		const question = new TextEncoder().encode(JSON.stringify({ ask: "random", program, input, index, position, len }));
		const size = question.length + 4;
		const address = verifier.allocate(size) >>> 0;
		new DataView(verifier.memory.buffer).setUint32(address, question.length, true);
		new Uint8Array(verifier.memory.buffer).set(question, address + 4);
		const packed = BigInt.asUintN(64, verifier.answer(address, size));
		const reply = { address: Number(packed & 0xffffffffn), len: Number(packed >> 32n) };
		// The bytes asked for are the last part.
		const bytes = new Uint8Array(verifier.memory.buffer, reply.address, reply.len).slice(reply.len - len);
		verifier.release(reply.address, reply.len);
		return bytes;
	};
}
