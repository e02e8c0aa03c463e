// Runs before anything is drawn, so that nothing flashes in the wrong colours. What comes later is in src/theme.ts.
(() => {
	let kept = null;
	try {
		kept = localStorage.getItem("assay.theme");
	} catch {
		// A browser that keeps nothing.
	}
	const dark = kept === "dark" || (kept !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
	document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
