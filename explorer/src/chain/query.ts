// Asking the node something from within a component, again with every block and after every reconnection.
import { useEffect, useRef, useState } from "preact/hooks";
import { useStore } from "../store";
import { connection, heads, RpcError } from "./connection";
import { UNKNOWN } from "./rpc";

export interface Query<T> {
	data: T | undefined;
	/** Why there is nothing, or nothing new. */
	error: Error | undefined;
	/** Set if what was asked for does not exist. */
	missing: boolean;
	loading: boolean;
	again: () => void;
}

/**
 * Asks `ask` and again whenever `key` changes; with `live`, also for each new block. What was there stays while it asks.
 */
export function useQuery<T>(key: string, ask: () => Promise<T>, live = true): Query<T> {
	const { phase, generation } = useStore(connection);
	const block = useStore(heads)?.best.hash;
	const [state, setState] = useState<{ key: string; data?: T; error?: Error }>({ key });
	const [round, setRound] = useState(0);
	const asked = useRef(0);
	const busy = useRef(false);
	const live_ = live ? block : undefined;
	useEffect(() => {
		if (phase !== "connected") return;
		const mine = ++asked.current;
		// A slow answer must not pile up questions: the next block asks again.
		if (busy.current && state.key === key && round === 0 && live) {
			asked.current--;
			return;
		}
		busy.current = true;
		ask()
			.then((data) => {
				if (mine === asked.current) setState({ key, data });
			})
			.catch((reason: unknown) => {
				const error = reason instanceof Error ? reason : new Error(String(reason));
				if (mine === asked.current) setState((was) => (was.key === key ? { ...was, error } : { key, error }));
			})
			.finally(() => {
				if (mine === asked.current) busy.current = false;
			});
	}, [key, live_, phase, generation, round]);
	const current = state.key === key ? state : { key };
	const missing = current.error instanceof RpcError && UNKNOWN.has(current.error.code);
	return {
		data: missing ? undefined : current.data,
		error: current.error,
		missing,
		loading: current.data === undefined && current.error === undefined,
		again: () => setRound((now) => now + 1),
	};
}
