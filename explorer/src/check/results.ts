// The results of one batch: fetched, checked against what its worker signed, opened.
import { download, type Progress } from "../chain/blobs";
import type { BatchView } from "../chain/types";
import { hashOf, NotVerified, openBatch, type OpenedTask } from "./verifier";

export type CheckedTask = OpenedTask & { output: Uint8Array };

export type CheckedBatch =
	/** Every result is one that the worker is bound to, or says that it is not. */
	| { kind: "opened"; tasks: CheckedTask[]; verified: boolean }
	/** What came is not what the worker is bound to. */
	| { kind: "wrong"; reason: string };

/** Fetches and opens the results of a batch whose key is revealed. Believes neither node nor worker. */
export async function checkResults(batch: BatchView, progress?: Progress): Promise<CheckedBatch> {
	const { receipt, key } = batch;
	if (!receipt || !key) throw new Error("the batch is not revealed yet");
	const sealed = await download(receipt.sealed.hash, receipt.sealed.len, progress);
	try {
		const { hash } = await hashOf(sealed);
		if (hash !== receipt.sealed.hash) {
			return { kind: "wrong", reason: `what the node sent has the hash ${hash}, the receipt names ${receipt.sealed.hash}` };
		}
		const tasks = await openBatch(
			{
				job: batch.job,
				firstTask: batch.firstTask,
				tasks: batch.tasks,
				sealedRoot: receipt.sealedRoot,
				outputsRoot: receipt.outputsRoot,
				keyCommitment: receipt.keyCommitment,
				key,
			},
			sealed,
		);
		return { kind: "opened", tasks, verified: tasks.every((task) => task.verified) };
	} catch (error) {
		if (error instanceof NotVerified) return { kind: "wrong", reason: error.message };
		throw error;
	}
}
