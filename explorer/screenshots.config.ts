import { defineConfig } from "@playwright/test";
import base from "./playwright.config";

// `make screenshots`: every page in every size, light and dark.
export default defineConfig({ ...base, projects: undefined, testDir: "tests/screenshots", testMatch: /.*\.shots\.ts/ });
