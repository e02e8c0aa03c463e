// Numbers, amounts and spans as people read them.
import type { Amount, TaskStatus } from "../chain/types";

const UNIT = 10n ** 12n;
export const TOKEN = "ASY";
/** What the chain aims at. */
export const BLOCK_SECONDS = 3;

export function count(value: number | bigint): string {
	return value.toLocaleString("en-US").replace(/,/g, "\u202f");
}

export function plural(value: number, one: string, many = one + "s"): string {
	return `${count(value)} ${value === 1 ? one : many}`;
}

/** `1.25 ASY`, with as many digits as there are. */
export function money(amount: Amount | bigint): string {
	const value = typeof amount === "bigint" ? amount : BigInt(amount);
	const sign = value < 0n ? "−" : "";
	const whole = value < 0n ? -value : value;
	const rest = (whole % UNIT).toString().padStart(12, "0").replace(/0+$/, "");
	return `${sign}${count(whole / UNIT)}${rest ? "." + rest : ""}\u00a0${TOKEN}`;
}

/** The smallest units of `1.25`; undefined if that is no amount. */
export function parseMoney(text: string): bigint | undefined {
	const match = /^(\d+)(?:\.(\d{1,12}))?$/.exec(text.trim());
	if (!match) return undefined;
	return BigInt(match[1] ?? "0") * UNIT + BigInt((match[2] ?? "").padEnd(12, "0"));
}

export function bytes(length: number): string {
	if (length < 1024) return plural(length, "byte");
	if (length < 1 << 20) return `${(length / 1024).toFixed(1)} KiB`;
	return `${(length / (1 << 20)).toFixed(1)} MiB`;
}

export function short(text: string, head = 6, tail = 4): string {
	return text.length <= head + tail + 3 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
}

/** About how long so many blocks take. */
export function blocksTime(blocks: number): string {
	return span(blocks * BLOCK_SECONDS);
}

export function span(seconds: number): string {
	if (seconds < 90) return `${Math.round(seconds)} s`;
	if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
	if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
	return plural(Math.round(seconds / 86400), "day");
}

/** `0.4` becomes `40 %`. */
export function percent(share: number, digits = 1): string {
	const text = (share * 100).toFixed(digits);
	return `${text.includes(".") ? text.replace(/\.?0+$/, "") : text}\u00a0%`;
}

export function statusWords(status: TaskStatus): string {
	if (typeof status === "object") return status.completed === 0 ? "completed" : `completed with exit code ${status.completed}`;
	const words: Record<Exclude<TaskStatus, object>, string> = {
		trapped: "trapped",
		outOfFuel: "ran out of fuel",
		stackExhausted: "ran out of stack",
		memoryExhausted: "wanted more memory than it may have",
		outputTooLarge: "wrote more than it may",
	};
	return words[status];
}

export function errorWords(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
