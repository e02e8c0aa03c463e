import { defineConfig } from "vite";

export default defineConfig({
	// Relative, so that the files work from any folder of any file server.
	base: "./",
	build: { target: "es2022", outDir: process.env["EXPLORER_DIST"] ?? "dist", emptyOutDir: true, chunkSizeWarningLimit: 1500 },
	worker: { format: "es" },
});
