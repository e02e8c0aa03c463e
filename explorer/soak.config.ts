import { defineConfig } from "@playwright/test";
import base from "./playwright.config";

// `npm run soak`: the page left open, and what it holds on to.
export default defineConfig({ ...base, projects: undefined, testDir: "tests/soak", testMatch: /.*\.soak\.ts/ });
