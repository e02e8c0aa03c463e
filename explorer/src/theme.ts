// Light or dark: what the reader chose, or else what his system says. public/theme.js has set it before the first drawing.
import { store } from "./store";

export type Theme = "light" | "dark";

const KEY = "assay.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

export const theme = store<Theme>(document.documentElement.dataset["theme"] === "dark" ? "dark" : "light");

function chosen(): boolean {
	try {
		return localStorage.getItem(KEY) !== null;
	} catch {
		return false;
	}
}

function apply(next: Theme) {
	document.documentElement.dataset["theme"] = next;
	theme.set(next);
}

/** Uses these colours from now on, on later visits too. */
export function choose(next: Theme) {
	try {
		localStorage.setItem(KEY, next);
	} catch {
		// Not kept, then.
	}
	apply(next);
}

system.addEventListener("change", () => {
	if (!chosen()) apply(system.matches ? "dark" : "light");
});
