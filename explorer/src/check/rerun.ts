// Running a task again: fetches what it takes and hands it to a worker thread.
import { download } from "../chain/blobs";
import type { JobView } from "../chain/types";
import type { RunReply, RunRequest } from "./run";

/** Bytes of blobs that were fetched, for the next task of the same job. */
const kept = new Map<string, Promise<Uint8Array>>();

function fetched(hash: string, len: number): Promise<Uint8Array> {
	const known = kept.get(hash);
	if (known) return known;
	if (kept.size >= 4) kept.clear();
	const coming = download(hash, len).catch((error: unknown) => {
		kept.delete(hash);
		throw error;
	});
	kept.set(hash, coming);
	return coming;
}

/** Runs a task of a job on this browser's engine. `signal` ends it, wherever it is. */
export async function rerun(job: JobView, task: number, signal: AbortSignal): Promise<RunReply> {
	const { spec } = job;
	const { blob } = spec.input;
	const [program, inputBlob] = await Promise.all([fetched(spec.program.hash, spec.program.len), fetched(blob.hash, blob.len)]);
	return runLocally({
		job: job.id,
		task,
		program,
		programHash: spec.program.hash,
		input: spec.input,
		tasks: spec.tasks,
		inputBlob,
		limits: spec.limits,
	}, signal);
}

export function runLocally(request: RunRequest, signal: AbortSignal): Promise<RunReply> {
	return new Promise((resolve, reject) => {
		const worker = new Worker(new URL("./run.ts", import.meta.url), { type: "module" });
		const end = () => worker.terminate();
		signal.addEventListener("abort", () => {
			end();
			reject(new Error("stopped"));
		});
		worker.onmessage = (event: MessageEvent<RunReply>) => {
			end();
			resolve(event.data);
		};
		worker.onerror = (event) => {
			end();
			reject(new Error(event.message || "the worker thread ended"));
		};
		worker.postMessage(request);
	});
}
