// What happened in which block: the events of the chain's compute pallet, live and as far back as the node keeps them.
import { assay } from "@polkadot-api/descriptors";
import { getTypedCodecs } from "polkadot-api";
import { store } from "../store";
import { connection, heads, request } from "./connection";
import { blockHash } from "./rpc";

/** Where a block's events are: the hashes of the names `System` and `Events`. */
const EVENTS_KEY = "0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7";
/** Blocks that are looked at when the page opens. */
const AT_FIRST = 40;
/** Blocks a page is told about at most: a node keeps the state of some hundred. */
const MOST = 600;
const AT_ONCE = 6;

export interface ComputeEvent {
	block: number;
	blockHash: string;
	name: string;
	job?: number;
	batch?: number;
	/** As PAPI decodes it. */
	fields: Record<string, unknown>;
}

export interface BlockRecord {
	number: number;
	hash: string;
	events: ComputeEvent[];
	/** Events of all pallets together. */
	all: number;
}

export interface EventLog {
	/** By number. Only ever added to, but for blocks that a fork replaced. */
	blocks: Map<number, BlockRecord>;
	/** The newest block that is here. */
	newest: number;
	/** The oldest block from which on all are here. */
	oldest: number;
	/** Set where the node keeps no state any more. */
	lost: boolean;
}

const empty = (): EventLog => ({ blocks: new Map(), newest: -1, oldest: Infinity, lost: false });

export const eventLog = store<EventLog>(empty());

/** Called with each new block's events. */
export type NewBlock = (record: BlockRecord) => void;
const listeners = new Set<NewBlock>();

export function onNewBlock(listener: NewBlock): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

const codecs = getTypedCodecs(assay);

async function read(number: number, knownHash?: string): Promise<BlockRecord | undefined> {
	const hash = knownHash ?? (await blockHash(number));
	if (!hash) return undefined;
	const raw = await request<string | null>("state_getStorage", [EVENTS_KEY, hash]);
	const all = raw ? (await codecs).query.System.Events.value.dec(raw) : [];
	const events: ComputeEvent[] = [];
	for (const { event } of all) {
		if (event.type !== "Compute") continue;
		const fields = event.value.value as Record<string, unknown>;
		const job = typeof fields["job"] === "bigint" ? Number(fields["job"]) : undefined;
		const batch = typeof fields["batch"] === "number" ? fields["batch"] : undefined;
		events.push({ block: number, blockHash: hash, name: event.value.type, job, batch, fields });
	}
	return { number, hash, events, all: all.length };
}

async function readAll(numbers: number[], hashes = new Map<number, string>()): Promise<(BlockRecord | undefined)[]> {
	const found: (BlockRecord | undefined)[] = new Array<undefined>(numbers.length);
	let next = 0;
	const work = async () => {
		while (next < numbers.length) {
			const at = next++;
			const number = numbers[at];
			if (number === undefined) return;
			found[at] = await read(number, hashes.get(number)).catch(() => undefined);
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, work));
	return found;
}

let busy: Promise<void> = Promise.resolve();

/** One thing after the other, so that nothing is read twice. */
function inTurn(what: () => Promise<void>): Promise<void> {
	busy = busy.then(what, what);
	return busy;
}

async function catchUp() {
	const now = heads.get();
	if (!now) return;
	const { best, unfinalized } = now;
	const log = eventLog.get();
	const hashes = new Map(unfinalized.map(({ number, hash }) => [number, hash]));
	// Blocks of a fork that lost.
	const replaced = [...hashes].filter(([number, hash]) => (log.blocks.get(number)?.hash ?? hash) !== hash);
	const fresh = log.newest < 0 || best.number - log.newest > MOST || best.number < log.newest - MOST;
	const from = fresh ? Math.max(1, best.number - AT_FIRST) : log.newest + 1;
	const numbers = replaced.map(([number]) => number);
	for (let number = from; number <= best.number; number++) numbers.push(number);
	if (numbers.length === 0) return;
	const found = (await readAll(numbers, hashes)).filter((record) => record !== undefined);
	if (found.length === 0) return;
	const blocks = new Map(fresh ? [] : log.blocks);
	for (const record of found) blocks.set(record.number, record);
	const kept = best.number - 2 * MOST;
	for (const number of [...blocks.keys()]) if (number < kept) blocks.delete(number);
	const newest = Math.max(...found.map((record) => record.number));
	eventLog.set({ blocks, newest, oldest: Math.max(kept, fresh ? from : log.oldest), lost: fresh ? false : log.lost });
	if (!fresh) for (const record of found) for (const listener of [...listeners]) listener(record);
}

/** Reads older blocks, down to `to` or to where the node has nothing any more. */
export function goBack(to: number): Promise<void> {
	return inTurn(async () => {
		for (;;) {
			const log = eventLog.get();
			const target = Math.max(1, to, log.newest - MOST);
			if (log.newest < 0 || log.lost || log.oldest <= target) return;
			const numbers: number[] = [];
			for (let number = log.oldest - 1; number >= Math.max(target, log.oldest - 50); number--) numbers.push(number);
			const found = await readAll(numbers);
			const gap = found.findIndex((record) => record === undefined);
			const usable = (gap < 0 ? found : found.slice(0, gap)).filter((record) => record !== undefined);
			const blocks = new Map(eventLog.get().blocks);
			for (const record of usable) blocks.set(record.number, record);
			eventLog.update((now) => ({ ...now, blocks, oldest: log.oldest - usable.length, lost: gap >= 0 }));
		}
	});
}

let generation = -1;
let settle: ReturnType<typeof setTimeout> | undefined;

/** Follows the chain from now on. */
export function startEvents() {
	const look = () => {
		const now = connection.get();
		if (now.generation !== generation) {
			generation = now.generation;
			// It may be another chain, or the same one without its last blocks.
			eventLog.set(empty());
		}
		clearTimeout(settle);
		settle = setTimeout(() => void inTurn(catchUp).catch(() => undefined), 30);
	};
	heads.subscribe(look);
	connection.subscribe(look);
	look();
}

/** All known events of which `pick` says so, oldest first. */
export function eventsWhere(log: EventLog, pick: (event: ComputeEvent) => boolean): ComputeEvent[] {
	const numbers = [...log.blocks.keys()].sort((one, other) => one - other);
	return numbers.flatMap((number) => (log.blocks.get(number)?.events ?? []).filter(pick));
}
