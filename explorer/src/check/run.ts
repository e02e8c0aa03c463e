// One task on the browser's own engine, from the posted program to its outcome. Runs in a worker thread.
import type { Hash, InputSpec, TaskLimits, TaskStatus } from "../chain/types";
import { Halt, Host, HOST_MODULE } from "./host";
import { hashOf, outcomeOf, prepare, randomSource, taskInput } from "./verifier";

export interface RunRequest {
	job: number;
	task: number;
	program: Uint8Array;
	programHash: Hash;
	input: InputSpec;
	tasks: number;
	inputBlob: Uint8Array;
	limits: TaskLimits;
}

export type RunReply =
	| { kind: "outcome"; status: TaskStatus; fuel: string; leaf: Hash; output: Uint8Array; stderr: string; milliseconds: number }
	/** This browser's trouble: it says nothing about the task. */
	| { kind: "noVerdict"; reason: string };

interface Exports {
	memory: WebAssembly.Memory;
	run: () => void;
	fuel: WebAssembly.Global<"i64">;
	status: WebAssembly.Global<"i32">;
	pages: WebAssembly.Global<"i32">;
}

const STACK_EXHAUSTED = 1;
const NO_MEMORY = 2;

class NoVerdict extends Error {}

/** How the module's run ended, by its own account. */
function ended(exports: Exports, limit: bigint, error: unknown): { status: TaskStatus; fuel: bigint } {
	const left = exports.fuel.value;
	const burned = () => {
		if (left < 0n || left > limit) throw new NoVerdict(`the engine says that ${left} of ${limit} fuel is left`);
		return limit - left;
	};
	if (error === undefined) return { status: { completed: 0 }, fuel: burned() };
	if (error instanceof Halt) {
		if (error.kind === "outOfFuel") return { status: "outOfFuel", fuel: limit };
		return { status: error.kind === "exit" ? { completed: error.code } : "outputTooLarge", fuel: burned() };
	}
	if (!(error instanceof WebAssembly.RuntimeError)) {
		throw new NoVerdict(`this browser could not go on: ${error instanceof Error ? error.message : "something else was thrown"}`);
	}
	if (left < 0n) return { status: "outOfFuel", fuel: limit };
	switch (exports.status.value) {
		case 0:
			return { status: "trapped", fuel: burned() };
		case STACK_EXHAUSTED:
			return { status: "stackExhausted", fuel: burned() };
		case NO_MEMORY:
			throw new NoVerdict("this browser has no memory left for the task to grow");
		default:
			throw new NoVerdict(`the module ended with status ${exports.status.value}`);
	}
}

async function execute(request: RunRequest): Promise<RunReply> {
	const begun = performance.now();
	const { hash } = await hashOf(request.program);
	if (hash !== request.programHash) throw new NoVerdict("the node sent another program than the job names");
	const program = await prepare(request.program);
	const input = await taskInput(request.input, request.tasks, request.task, request.inputBlob);
	const limit = BigInt(request.limits.fuel);
	const reply = async (status: TaskStatus, fuel: bigint, host?: Host): Promise<RunReply> => {
		const output = typeof status === "object" ? (host?.output() ?? new Uint8Array()) : new Uint8Array();
		const { leaf } = await outcomeOf(request.job, request.task, status, fuel, output);
		const stderr = new TextDecoder().decode(host?.stderr());
		return { kind: "outcome", status, fuel: fuel.toString(), leaf, output, stderr, milliseconds: performance.now() - begun };
	};
	if (program.initialPages > request.limits.memoryPages) return reply("memoryExhausted", 0n);
	const host = new Host({
		index: request.task,
		input: input.bytes,
		outputLimit: request.limits.outputBytes,
		random: await randomSource(request.programHash, input.hash, request.task),
	});
	const module = await WebAssembly.compile(program.module as Uint8Array<ArrayBuffer>);
	const functions = Object.fromEntries(
		WebAssembly.Module.imports(module).map(({ name }) => [name, host.function(name)]),
	);
	const instance = await WebAssembly.instantiate(module, { [HOST_MODULE]: functions });
	const exports = instance.exports as unknown as Exports;
	host.attach(exports);
	exports.fuel.value = limit;
	exports.pages.value = Math.min(request.limits.memoryPages, program.maximumPages ?? request.limits.memoryPages);
	let error: unknown;
	try {
		exports.run();
	} catch (thrown) {
		error = thrown ?? new Error("nothing");
	}
	const { status, fuel } = ended(exports, limit, error);
	return reply(status, fuel, host);
}

addEventListener("message", (event: MessageEvent<RunRequest>) => {
	void execute(event.data)
		.catch((error: unknown): RunReply => ({ kind: "noVerdict", reason: error instanceof Error ? error.message : String(error) }))
		.then((reply) => postMessage(reply));
});
