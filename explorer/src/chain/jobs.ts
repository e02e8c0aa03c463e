// All jobs of the chain, kept up to date by its events.
import { store } from "../store";
import { connection, heads } from "./connection";
import { onNewBlock } from "./events";
import { getJob, listJobs, PAGE } from "./rpc";
import type { JobView } from "./types";

export interface Jobs {
	all: Map<number, JobView>;
	/** Whether all have been read. */
	complete: boolean;
	error?: Error;
}

export const jobs = store<Jobs>({ all: new Map(), complete: false });

let reading = 0;

async function readAll() {
	const mine = ++reading;
	const all = new Map<number, JobView>();
	let start = 0;
	try {
		for (;;) {
			const page = await listJobs(start);
			if (mine !== reading) return;
			for (const job of page) all.set(job.id, job);
			const last = page.at(-1);
			const complete = page.length < PAGE || !last;
			jobs.set({ all: new Map(all), complete });
			if (complete) return;
			start = last.id + 1;
		}
	} catch (reason) {
		if (mine !== reading) return;
		jobs.update((now) => ({ ...now, error: reason instanceof Error ? reason : new Error(String(reason)) }));
	}
}

async function refresh(ids: Set<number>) {
	const found = await Promise.all([...ids].map((id) => getJob(id).catch(() => undefined)));
	jobs.update((now) => {
		const all = new Map(now.all);
		for (const job of found) if (job) all.set(job.id, job);
		return { ...now, all };
	});
}

/** Reads all jobs, and follows them from then on. */
export function startJobs() {
	let generation = -1;
	const look = () => {
		const now = connection.get();
		if (now.phase !== "connected" || now.generation === generation || !heads.get()) return;
		generation = now.generation;
		jobs.set({ all: new Map(), complete: false });
		void readAll();
	};
	connection.subscribe(look);
	heads.subscribe(look);
	look();
	onNewBlock((record) => {
		const ids = new Set(record.events.flatMap((event) => (event.job === undefined ? [] : [event.job])));
		if (ids.size > 0) void refresh(ids);
	});
}
