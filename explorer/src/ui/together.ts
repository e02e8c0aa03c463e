// What happened to several batches of a job at once is told once: a job of a thousand batches would fill every list.
import type { ComputeEvent } from "../chain/events";

/** Events that may be told together where they differ in nothing but the batch and amounts. */
const ALIKE = new Set([
	"BatchClaimed", "ReceiptAccepted", "AuditReported", "BatchRevealed", "BatchReopened", "BatchSettled", "BatchRefunded", "AuditorPaid", "ClaimPenalised", "WorkerSlashed", "ReporterRewarded",
]);

export interface Happening extends ComputeEvent {
	/** Every batch that it happened to, in order. */
	batches: number[];
}

function variant(value: unknown): string {
	return typeof value === "object" && value !== null && "type" in value ? String(value.type) : String(value);
}

function kind(event: ComputeEvent): string {
	// Numbers of jobs and amounts are what PAPI decodes to big integers; lists and hashes differ from batch to batch.
	const told = ["worker", "auditor", "reporter", "reason", "checked"].map((name) => variant(event.fields[name]));
	return [event.block, event.name, event.job, ...told].join(" ");
}

function joined(one: Happening, other: ComputeEvent): Happening {
	const fields = { ...one.fields };
	for (const [name, value] of Object.entries(other.fields)) {
		const before = fields[name];
		if (name !== "job" && typeof value === "bigint" && typeof before === "bigint") fields[name] = before + value;
	}
	const batches = other.batch === undefined ? one.batches : [...one.batches, other.batch].sort((one, other) => one - other);
	return { ...one, fields, batches };
}

/** The same events, with those put together that are alike. Each stands where the first of them stood. */
export function together(events: ComputeEvent[]): Happening[] {
	const found: Happening[] = [];
	const places = new Map<string, number>();
	for (const event of events) {
		const own: Happening = { ...event, batches: event.batch === undefined ? [] : [event.batch] };
		const place = ALIKE.has(event.name) && event.batch !== undefined ? places.get(kind(event)) : undefined;
		const before = place === undefined ? undefined : found[place];
		if (place !== undefined && before) {
			found[place] = joined(before, event);
			continue;
		}
		places.set(kind(event), found.length);
		found.push(own);
	}
	return found;
}

/** `0, 1, 2, 5` as `[[0, 2], [5, 5]]`. */
export function runs(numbers: number[]): [number, number][] {
	const found: [number, number][] = [];
	for (const number of numbers) {
		const last = found.at(-1);
		if (last && number <= last[1] + 1) last[1] = number;
		else found.push([number, number]);
	}
	return found;
}
