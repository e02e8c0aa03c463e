import eslint from "@eslint/js";
import typescript from "typescript-eslint";

export default typescript.config(
	{ ignores: ["dist", "node_modules", ".papi", "public", "verifier", "scripts", "*.config.*", "screenshots", "test-results"] },
	eslint.configs.recommended,
	...typescript.configs.recommendedTypeChecked,
	{
		languageOptions: { parserOptions: { projectService: true } },
		rules: {
			eqeqeq: "error",
			"@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
		},
	},
);
