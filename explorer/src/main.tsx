import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { connection, heads, start, useNode } from "./chain/connection";
import { startEvents } from "./chain/events";
import { startJobs } from "./chain/jobs";
import { useQuery } from "./chain/query";
import { chainName } from "./chain/rpc";
import { Batch } from "./pages/batch";
import { Block } from "./pages/block";
import { Job } from "./pages/job";
import { Jobs } from "./pages/jobs";
import { Now } from "./pages/now";
import { Account, Auditor, Worker } from "./pages/people";
import { Post } from "./pages/post";
import { Program, Programs } from "./pages/programs";
import { href, route, startRouting } from "./route";
import { useStore } from "./store";
import { choose, theme } from "./theme";
import { span } from "./ui/format";
import { Loading, NotHere } from "./ui/parts";
import "./style.css";

const PAGES: [string, string][] = [
	["now", "Now"],
	["jobs", "Jobs"],
	["programs", "Programs"],
	["post", "Post a bounty"],
];

function natural(text: string | undefined): number | undefined {
	return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function Page() {
	const [page, first, second, third] = useStore(route);
	const number = natural(first);
	const batch = natural(third);
	if (page === "now") return <Now />;
	if (page === "jobs") return <Jobs />;
	if (page === "job" && number !== undefined && second === "batch" && batch !== undefined) return <Batch job={number} batch={batch} />;
	if (page === "job" && number !== undefined && second === undefined) return <Job id={number} />;
	if (page === "block" && number !== undefined) return <Block number={number} />;
	if (page === "worker" && first) return <Worker key={first} address={first} />;
	if (page === "auditor" && first) return <Auditor key={first} address={first} />;
	if (page === "account" && first) return <Account key={first} address={first} />;
	if (page === "programs" && first) return <Program key={first} hash={first} />;
	if (page === "programs") return <Programs />;
	if (page === "post") return <Post />;
	return <NotHere>There is no such page. <a href={href("now")}>What the network is doing now</a></NotHere>;
}

function NodeChoice() {
	const { node, phase, since } = useStore(connection);
	const now = useStore(heads);
	const chain = useQuery("chain", chainName, false);
	const [open, setOpen] = useState(false);
	const [text, setText] = useState(node);
	const [, tick] = useState(0);
	useEffect(() => {
		const timer = setInterval(() => tick((count) => count + 1), 1_000);
		return () => clearInterval(timer);
	}, []);
	const age = now ? (Date.now() - now.arrived) / 1000 : 0;
	const words = phase === "connected" ? (age > 30 ? `no block for ${span(age)}` : (chain.data ?? "connected")) : phase === "lost" ? `node lost ${span((Date.now() - since) / 1000)} ago` : "connecting";
	const submit = (event: Event) => {
		event.preventDefault();
		if (/^wss?:\/\/.+/.test(text.trim())) {
			useNode(text.trim());
			setOpen(false);
		}
	};
	return (
		<div class="node">
			<button class={`node-state ${phase} ${age > 30 ? "stale" : ""}`} aria-expanded={open} onClick={() => setOpen(!open)} title={node} id="node-state">
				<i aria-hidden="true" /> {words}
			</button>
			{open && (
				<form class="node-form" onSubmit={submit}>
					<label>
						The node this page talks to
						<input value={text} onInput={(event) => setText(event.currentTarget.value)} pattern="wss?://.+" spellcheck={false} />
					</label>
					<button type="submit" class="primary">Connect</button>
				</form>
			)}
		</div>
	);
}

function Theme() {
	const dark = useStore(theme) === "dark";
	return (
		<button class="theme" onClick={() => choose(dark ? "light" : "dark")} aria-label={dark ? "Use light colours" : "Use dark colours"} title={dark ? "Light" : "Dark"}>
			{dark ? "☀" : "☾"}
		</button>
	);
}

function Lost() {
	const { phase, node } = useStore(connection);
	const now = useStore(heads);
	if (phase === "connected" || (phase === "connecting" && now)) return null;
	if (phase === "connecting") return <Loading what={`Connecting to ${node}`} />;
	return (
		<div class="lost" role="alert" id="lost">
			<b>The node does not answer.</b> {now ? "What you see is what it said last." : `Nothing listens at ${node}, or it is not a node of an Assay chain.`} This page goes on trying by itself.
		</div>
	);
}

function App() {
	const [page] = useStore(route);
	const now = useStore(heads);
	const current = page === "job" || page === "block" ? "jobs" : page;
	return (
		<>
			<a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById("main")?.focus(); }}>To the content</a>
			<header class="top">
				<a class="brand" href={href("now")}>
					<img src="./icon.svg" alt="" width="26" height="26" /> Assay
				</a>
				<nav aria-label="Pages">
					{PAGES.map(([name, words]) => (
						<a key={name} href={href(name)} aria-current={current === name ? "page" : undefined}>
							{words}
						</a>
					))}
				</nav>
				<NodeChoice />
				<Theme />
			</header>
			<main id="main" tabIndex={-1}>
				<Lost />
				{(now || page === "post") && <Page />}
			</main>
			<footer>All of this comes from the node above; what can be proved is checked on this page, by you. No other server is asked.</footer>
		</>
	);
}

startRouting();
start();
startEvents();
startJobs();
const target = document.getElementById("app");
if (target) render(<App />, target);
