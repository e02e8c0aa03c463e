// Values that change, and components that show them.
import { useEffect, useState } from "preact/hooks";

export interface Store<T> {
	get(): T;
	set(value: T): void;
	update(change: (value: T) => T): void;
	subscribe(listener: () => void): () => void;
}

export function store<T>(initial: T): Store<T> {
	let value = initial;
	const listeners = new Set<() => void>();
	const set = (next: T) => {
		if (Object.is(next, value)) return;
		value = next;
		for (const listener of [...listeners]) listener();
	};
	return {
		get: () => value,
		set,
		update: (change) => set(change(value)),
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
}

/** The value of a store; the component is drawn again when it changes. */
export function useStore<T>(source: Store<T>): T {
	const [, redraw] = useState({});
	useEffect(() => {
		let seen = source.get();
		const listener = () => {
			if (Object.is(source.get(), seen)) return;
			seen = source.get();
			redraw({});
		};
		const stop = source.subscribe(listener);
		redraw({});
		return stop;
	}, [source]);
	return source.get();
}
