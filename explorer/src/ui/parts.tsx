// The small parts that every page is made of.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Query } from "../chain/query";
import type { Stage } from "../chain/types";
import { href } from "../route";
import { count, errorWords, money, short } from "./format";

/** With `whole` it is all that the page has, and its title the page's. */
export function Card(props: { title?: ComponentChildren; whole?: boolean; aside?: ComponentChildren; class?: string; id?: string; children: ComponentChildren }) {
	return (
		<section class={`card ${props.class ?? ""}`} id={props.id}>
			{props.title !== undefined && (
				<header>
					{props.whole ? <h1 class="card-title">{props.title}</h1> : <h2>{props.title}</h2>}
					{props.aside && <div class="aside">{props.aside}</div>}
				</header>
			)}
			{props.children}
		</section>
	);
}

export function Figure(props: { label: string; value: ComponentChildren; note?: ComponentChildren; id?: string }) {
	return (
		<div class="figure" id={props.id}>
			<dt>{props.label}</dt>
			<dd>
				<span class="value">{props.value}</span>
				{props.note !== undefined && <span class="note">{props.note}</span>}
			</dd>
		</div>
	);
}

/** An amount as a figure: what stands behind the point may be long, and is small. */
export function Amount(props: { value: bigint }) {
	const [whole, fraction] = money(props.value).split(".");
	if (fraction === undefined) return <>{whole}</>;
	return (
		<>
			{whole}
			<wbr />
			<small>.{fraction}</small>
		</>
	);
}

export function Facts(props: { children: ComponentChildren }) {
	return <dl class="facts">{props.children}</dl>;
}

export function Fact(props: { name: string; children: ComponentChildren }) {
	return (
		<div>
			<dt>{props.name}</dt>
			<dd>{props.children}</dd>
		</div>
	);
}

/** What stands where there is nothing yet, or nothing at all. */
export function Empty(props: { children: ComponentChildren }) {
	return <p class="empty">{props.children}</p>;
}

/** The whole page, where there is nothing at its address. */
export function NotHere(props: { children: ComponentChildren }) {
	return (
		<Card whole title="Not here">
			<Empty>{props.children}</Empty>
		</Card>
	);
}

export function Loading(props: { what?: string }) {
	return (
		<div class="loading" role="status">
			<span class="pulse" aria-hidden="true" />
			{props.what ?? "Asking the node"} …
		</div>
	);
}

export function Failure(props: { error: unknown; again?: () => void }) {
	return (
		<div class="failure" role="alert">
			<span>{errorWords(props.error)}</span>
			{props.again && <button onClick={props.again}>Try again</button>}
		</div>
	);
}

/** What a query is at, or its data. */
export function Asked<T>(props: { query: Query<T>; missing?: ComponentChildren; children: (data: T) => ComponentChildren }) {
	const { query } = props;
	if (query.missing) return typeof props.missing === "object" ? <>{props.missing}</> : <Empty>{props.missing ?? "There is no such thing on this chain."}</Empty>;
	if (query.data !== undefined) return <>{props.children(query.data)}</>;
	if (query.error) return <Failure error={query.error} again={query.again} />;
	return <Loading />;
}

export function Copy(props: { text: string; what: string }) {
	const [done, setDone] = useState(false);
	const copy = () => {
		void navigator.clipboard?.writeText(props.text).then(() => {
			setDone(true);
			setTimeout(() => setDone(false), 1_500);
		});
	};
	return (
		<button class="copy" onClick={copy} aria-label={done ? "Copied" : `Copy ${props.what}`} title={done ? "Copied" : `Copy ${props.what}`}>
			{done ? (
				"✓"
			) : (
				<svg viewBox="0 0 16 16" aria-hidden="true">
					<path d="M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z" fill="none" stroke="currentColor" stroke-width="1.3" stroke-linejoin="round" />
				</svg>
			)}
		</button>
	);
}

export function HashText(props: { value: string; what?: string; long?: boolean }) {
	return (
		<span class="hash">
			<code title={props.value}>{props.long ? props.value : short(props.value, 10, 6)}</code>
			<Copy text={props.value} what={props.what ?? "hash"} />
		</span>
	);
}

/** A mark of one's own for each account, so that one recognises it: four colours from its address. */
function Mark(props: { address: string }) {
	let state = 7;
	const next = () => {
		state = (state * 31 + (props.address.charCodeAt(state % props.address.length) || 1)) % 9973;
		return state;
	};
	for (let at = 0; at < props.address.length; at++) state = (state * 33 + props.address.charCodeAt(at)) % 9973;
	const hue = next() % 360;
	const cells = Array.from({ length: 8 }, () => next() % 3);
	return (
		<svg class="mark" viewBox="0 0 4 4" aria-hidden="true">
			<rect width="4" height="4" fill={`hsl(${hue} 45% 32%)`} />
			{cells.map((cell, at) => {
				const fill = cell === 0 ? "none" : `hsl(${hue + cell * 70} 65% 66%)`;
				const [x, y] = [at % 2, Math.floor(at / 2)];
				return [<rect key={at} x={x} y={y} width="1" height="1" fill={fill} />, <rect key={at + 8} x={3 - x} y={y} width="1" height="1" fill={fill} />];
			})}
		</svg>
	);
}

export function Account(props: { address: string; as?: "worker" | "auditor" | "account"; long?: boolean }) {
	return (
		<a class="account" href={href(props.as ?? "account", props.address)} title={props.address}>
			<Mark address={props.address} />
			<code>{props.long ? props.address : short(props.address, 5, 5)}</code>
		</a>
	);
}

export function BlockLink(props: { number: number }) {
	return (
		<a href={href("block", props.number)} class="block-link">
			#{props.number}
		</a>
	);
}

export const STAGE_WORDS: Record<Stage, string> = {
	available: "waiting for a worker",
	claimed: "a worker is running it",
	committed: "handed in, being audited",
	revealed: "audited and revealed",
	disputed: "contested",
	demanded: "a result is demanded",
	settled: "paid",
	refunded: "refunded",
	pruned: "forgotten",
};

export function StageBadge(props: { stage: Stage }) {
	return (
		<span class="badge" style={{ "--dot": `var(--stage-${props.stage})` }} title={STAGE_WORDS[props.stage]}>
			{props.stage}
		</span>
	);
}

export function Verdict(props: { ok: boolean | "unknown"; children: ComponentChildren; id?: string }) {
	const kind = props.ok === "unknown" ? "unknown" : props.ok ? "good" : "bad";
	return (
		<div class={`verdict ${kind}`} role="status" id={props.id}>
			<span class="sign" aria-hidden="true">
				{kind === "good" ? "✓" : kind === "bad" ? "✗" : "?"}
			</span>
			<div>{props.children}</div>
		</div>
	);
}

interface Progress {
	available: number;
	inFlight: number;
	settled: number;
	refunded: number;
}

const progressParts = (props: Progress): [string, number, string][] => [
	["settled", props.settled, "paid"],
	["claimed", props.inFlight, "under way"],
	["refunded", props.refunded, "refunded"],
	["available", props.available, "waiting"],
];

export function progressWords(progress: Progress): string {
	const parts = progressParts(progress).filter(([, number]) => number > 0);
	return parts.map(([, number, word]) => `${count(number)} ${word}`).join(", ");
}

/** The bar of a job: how many of its batches stand where. */
export function ProgressBar(props: Progress) {
	const all = props.available + props.inFlight + props.settled + props.refunded || 1;
	const words = progressWords(props);
	return (
		<div class="progress" role="img" aria-label={`Batches: ${words}`} title={words}>
			{progressParts(props).map(([stage, number]) => number > 0 && <i key={stage} style={{ width: `${(100 * number) / all}%`, background: `var(--stage-${stage})` }} />)}
		</div>
	);
}
