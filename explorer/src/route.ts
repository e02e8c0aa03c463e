// Where the reader is: the part of the address behind `#`, so that any file server will do.
import { store } from "./store";

const here = () => (location.hash.replace(/^#\/?/, "") || "now").split("/").map(decodeURIComponent);

export const route = store<string[]>(here());

export function startRouting() {
	addEventListener("hashchange", () => {
		route.set(here());
		scrollTo(0, 0);
	});
}

export const href = (...parts: (string | number)[]) => "#/" + parts.map((part) => encodeURIComponent(part)).join("/");

export function go(...parts: (string | number)[]) {
	location.hash = href(...parts);
}
