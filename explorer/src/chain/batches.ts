// The batches of one job: where each stands, as a byte each, so that a hundred thousand of them are no burden.
import { useEffect, useState } from "preact/hooks";
import { connection } from "./connection";
import { onNewBlock } from "./events";
import { getBatch, listBatches, PAGE } from "./rpc";
import { batchCount, STAGES, type BatchView, type JobView } from "./types";

/** For batches that have not been read yet. */
export const UNREAD = 255;
const AT_ONCE = 4;
const SETTLE_MILLISECONDS = 8_000;

export interface BatchBook {
	/** Indices into `STAGES`, or `UNREAD`. Changed in place. */
	stages: Uint8Array;
	/** How many have been read. */
	read: number;
	/** Changes with every change. */
	version: number;
}

/** How many batches there are of each stage, and at `UNREAD` of those that have not been read. */
export function tally(stages: Uint8Array): Uint32Array {
	const counts = new Uint32Array(256);
	for (const stage of stages) counts[stage] = (counts[stage] ?? 0) + 1;
	return counts;
}

/** The batches of a job, read bit by bit, and followed. */
export function useBatches(job: JobView | undefined): BatchBook | undefined {
	const [book, setBook] = useState<BatchBook>();
	const [round, setRound] = useState(0);
	const id = job?.id;
	const counts = job?.batches;
	useEffect(() => {
		if (!book || !counts || book.read < book.stages.length) return;
		// Job and batches are told at different times. If they still differ after a while, an event was missed.
		const timer = setTimeout(() => {
			const counted = tally(book.stages);
			const [available, settled, pruned] = (["available", "settled", "pruned"] as const).map((stage) => counted[STAGES.indexOf(stage)]);
			if (pruned === 0 && (available !== counts.available || settled !== counts.settled)) setRound((now) => now + 1);
		}, SETTLE_MILLISECONDS);
		return () => clearTimeout(timer);
	}, [book, counts?.available, counts?.settled]);
	useEffect(() => {
		if (!job) return;
		const count = batchCount(job.spec);
		const stages = new Uint8Array(count).fill(UNREAD);
		const changed = new Set<number>();
		let stopped = false;
		let read = 0;
		let version = 0;
		let drawn = 0;
		const show = (at_once = false) => {
			const now = Date.now();
			if (stopped || (!at_once && now - drawn < 150)) return;
			drawn = now;
			setBook({ stages, read, version: ++version });
		};
		const take = (batch: BatchView) => {
			if (stages[batch.batch] === UNREAD) read++;
			stages[batch.batch] = STAGES.indexOf(batch.stage);
		};
		const untouched = job.batches.available === count;
		if (untouched) {
			stages.fill(0);
			read = count;
		}
		let next = 0;
		const work = async () => {
			while (!stopped && next < count) {
				const start = next;
				next += PAGE;
				try {
					for (const batch of await listBatches(job.id, start)) take(batch);
				} catch {
					await new Promise((resume) => setTimeout(resume, 1_000));
					if (connection.get().phase === "connected") return;
					next = Math.min(next, start);
				}
				show();
			}
		};
		if (!untouched) void Promise.all(Array.from({ length: AT_ONCE }, work)).then(() => show(true));
		show(true);
		const refresh = async () => {
			const numbers = [...changed];
			changed.clear();
			const found = await Promise.all(numbers.map((batch) => getBatch(job.id, batch).catch(() => undefined)));
			for (const batch of found) if (batch) take(batch);
			show(true);
		};
		const stop = onNewBlock((record) => {
			for (const event of record.events) {
				if (event.job === job.id && event.batch !== undefined) changed.add(event.batch);
				// Batches nobody had are refunded all at once, without an event each.
				if (event.job === job.id && (event.name === "JobCancelled" || event.name === "JobExpired")) {
					stages.forEach((stage, batch) => stage === 0 && changed.size < 2_000 && changed.add(batch));
				}
			}
			if (changed.size > 0) void refresh();
		});
		return () => {
			stopped = true;
			stop();
		};
	}, [id, job === undefined, connection.get().generation, round]);
	return book;
}
