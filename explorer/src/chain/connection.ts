// The one connection to a node: PAPI over WebSocket, opened again by itself when it is lost.
import { assay } from "@polkadot-api/descriptors";
import { createClient, type PolkadotClient, type TypedApi } from "polkadot-api";
import { getWsProvider, WsEvent } from "polkadot-api/ws";
import { store } from "../store";

export interface Connection {
	node: string;
	phase: "connecting" | "connected" | "lost";
	/** When it came to that, by this machine's clock. */
	since: number;
	/** How often a connection was made: whoever has read something under another number reads it again. */
	generation: number;
}

export interface Block {
	number: number;
	hash: string;
}

export interface Heads {
	best: Block;
	finalized: Block;
	/** From the best block down to the final one. */
	unfinalized: Block[];
	/** When the best block came, by this machine's clock. */
	arrived: number;
}

export type Api = TypedApi<typeof assay>;

const DEFAULT_NODE = "ws://127.0.0.1:9944";
const NODE_KEY = "assay.node";
const REQUEST_SECONDS = 30;

function chosenNode(): string {
	const named = new URLSearchParams(location.search).get("node");
	if (named) return named;
	try {
		return localStorage.getItem(NODE_KEY) ?? DEFAULT_NODE;
	} catch {
		return DEFAULT_NODE;
	}
}

export const connection = store<Connection>({ node: chosenNode(), phase: "connecting", since: Date.now(), generation: 0 });
export const heads = store<Heads | undefined>(undefined);

let client: PolkadotClient | undefined;
let api: Api | undefined;
let stopHeads: (() => void) | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;

function phase(next: Connection["phase"]) {
	connection.update((now) => {
		const connected = next === "connected" && now.phase !== "connected";
		if (next === now.phase) return now;
		return { ...now, phase: next, since: Date.now(), generation: now.generation + (connected ? 1 : 0) };
	});
}

function follow(from: PolkadotClient) {
	const subscription = from.bestBlocks$.subscribe({
		next: (blocks) => {
			const [best] = blocks;
			const finalized = blocks.at(-1);
			if (!best || !finalized) return;
			const brief = blocks.map(({ number, hash }) => ({ number, hash }));
			heads.set({
				best: { number: best.number, hash: best.hash },
				finalized: { number: finalized.number, hash: finalized.hash },
				unfinalized: brief,
				arrived: Date.now(),
			});
			phase("connected");
		},
		// Nothing that PAPI could mend by itself: begin anew.
		error: () => again(),
	});
	stopHeads = () => subscription.unsubscribe();
}

function again() {
	phase("lost");
	clearTimeout(retry);
	retry = setTimeout(open, 2_000);
}

function close() {
	clearTimeout(retry);
	stopHeads?.();
	stopHeads = undefined;
	const old = client;
	client = undefined;
	api = undefined;
	try {
		old?.destroy();
	} catch {
		// It had gone already.
	}
}

function open() {
	close();
	const { node } = connection.get();
	try {
		const provider = getWsProvider(node, {
			onStatusChanged: (status) => {
				if (status.type === WsEvent.ERROR || status.type === WsEvent.CLOSE) phase("lost");
			},
		});
		client = createClient(provider);
		api = client.getTypedApi(assay);
		follow(client);
	} catch {
		again();
	}
}

/** Connects for the first time. */
export function start() {
	open();
}

/** Talks to another node from now on. */
export function useNode(node: string) {
	try {
		localStorage.setItem(NODE_KEY, node);
	} catch {
		// A browser that keeps nothing: the choice lasts as long as the page.
	}
	const url = new URL(location.href);
	url.searchParams.set("node", node);
	history.replaceState(null, "", url);
	heads.set(undefined);
	connection.update((now) => ({ node, phase: "connecting", since: Date.now(), generation: now.generation + 1 }));
	open();
}

export class RpcError extends Error {
	constructor(
		readonly code: number,
		message: string,
	) {
		super(message);
	}
}

/** The chain's typed interface. Throws while there is no connection. */
export function typedApi(): Api {
	if (!api) throw new Error("there is no connection to a node");
	return api;
}

/** One JSON-RPC call. */
export async function request<T>(method: string, params: unknown[], seconds = REQUEST_SECONDS): Promise<T> {
	if (!client) throw new Error("there is no connection to a node");
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error(`the node has not answered ${method} for ${seconds} seconds`)), seconds * 1000);
	});
	try {
		return await Promise.race([client._request<T>(method, params), late]);
	} catch (error) {
		if (error instanceof Error && "code" in error && typeof error.code === "number") {
			throw new RpcError(error.code, error.message);
		}
		throw error;
	} finally {
		clearTimeout(timer);
	}
}
