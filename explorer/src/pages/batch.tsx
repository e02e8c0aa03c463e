import { useEffect, useState } from "preact/hooks";
import { eventLog, eventsWhere, goBack } from "../chain/events";
import { useQuery } from "../chain/query";
import { blockHash, genesisHash, getBatch, getBlock, getCertificate, getJob } from "../chain/rpc";
import type { BatchView, JobView, ReceiptView } from "../chain/types";
import { checkCertificate, checkReceipt, NotVerified, type CertificateAnswer } from "../check/verifier";
import { href } from "../route";
import { useStore } from "../store";
import { blocksTime, bytes, count, money, plural, statusWords } from "../ui/format";
import { EventList } from "../ui/happened";
import { Account, Asked, BlockLink, Card, Empty, Fact, Facts, Failure, HashText, NotHere, StageBadge, STAGE_WORDS, Verdict } from "../ui/parts";
import { heads } from "../chain/connection";
import { BatchResults } from "./results";

type Step = { name: string; state: "done" | "now" | "next" | "bad"; note: preact.ComponentChildren };

/** The way of a batch, as far as it is. */
function steps(batch: BatchView, job: JobView, find: (name: string) => number | undefined): Step[] {
	const { stage, receipt, audit } = batch;
	const order = ["available", "claimed", "committed", "revealed", "settled"];
	const rank = stage === "disputed" ? (batch.key ? 3 : 2) : stage === "demanded" ? 3 : order.indexOf(stage);
	const at = (name: string) => {
		const block = find(name);
		return block === undefined ? "" : <>in block <BlockLink number={block} /></>;
	};
	const state = (own: number): Step["state"] => (rank > own || stage === "settled" ? "done" : rank === own ? "now" : "next");
	const deadline = batch.deadline ? <>until block {count(batch.deadline)}</> : "";
	const reports = audit?.reports ?? [];
	return [
		{ name: "Claimed", state: rank >= 1 ? (rank === 1 ? "now" : "done") : "next", note: rank >= 1 ? <>{at("BatchClaimed")} {rank === 1 && deadline}</> : "waits for a worker" },
		{ name: "Receipt", state: receipt ? "done" : state(1) === "now" ? "next" : state(1), note: receipt ? <>in block <BlockLink number={receipt.block} /></> : "" },
		{
			name: "Audits",
			state: audit?.audited === false ? "done" : reports.length > 0 && reports.filter((report) => report.checked).length >= (audit?.required ?? 1) ? "done" : rank === 2 ? "now" : state(2),
			note: audit?.audited === false ? "the draw spared it" : reports.length > 0 ? <>{reports.map((report) => <BlockLink key={report.auditor} number={report.block} />)} {reports.filter((report) => report.checked).length} of {audit?.required}</> : audit?.seed ? "drawn, not reported yet" : receipt ? "waits for the seed" : "",
		},
		{ name: "Reveal", state: batch.key ? "done" : rank === 2 && audit && audit.reports.length > 0 ? "now" : "next", note: batch.key ? at("BatchRevealed") : audit ? `from block ${count(audit.revealableAt)} on` : "" },
		...(stage === "disputed" ? [{ name: "Disputed", state: "bad" as const, note: <>{batch.dispute?.demandedBy ? "all validators look for the results" : `all validators run task ${String(batch.dispute?.task)} again`}: {batch.dispute?.votes} of {batch.dispute?.validators} have voted</> }] : []),
		...(stage === "demanded" ? [{ name: "Demanded", state: "bad" as const, note: <>the result of task {batch.demand?.task} must go onto the chain {deadline}</> }] : []),
		{ name: stage === "refunded" ? "Refunded" : "Paid", state: stage === "settled" || stage === "refunded" ? "done" : rank === 3 ? "now" : "next", note: stage === "settled" ? at("BatchSettled") : stage === "revealed" ? <>{deadline}, unless it is contested</> : job.status === "closed" ? at("BatchRefunded") : "" },
	];
}

function Timeline(props: { steps: Step[] }) {
	return (
		<ol class="timeline" aria-label="The way of the batch">
			{props.steps.map((step) => (
				<li key={step.name} class={step.state}>
					<span class="knob" aria-hidden="true" />
					<b>{step.name}</b>
					<span class="note">{step.note}</span>
					<span class="visually-hidden">{step.state === "done" ? "done" : step.state === "now" ? "under way" : step.state === "bad" ? "contested" : "to come"}</span>
				</li>
			))}
		</ol>
	);
}

interface ReceiptCheck {
	hash: boolean;
	authentic: boolean | null;
}

/** Makes the receipt anew from what the chain says of it, and looks for the worker's signature in the block it came in. */
async function verifyReceipt(batch: BatchView, receipt: ReceiptView): Promise<ReceiptCheck> {
	if (!batch.worker) throw new Error("the batch has no worker");
	const { outputsRoot, sealed, sealedRoot, keyCommitment } = receipt;
	const whole = { genesis: await genesisHash(), job: batch.job, batch: batch.batch, attempt: batch.attempt, worker: batch.worker, outputsRoot, sealed, sealedRoot, keyCommitment };
	const { hash, encoded } = await checkReceipt(whole, null);
	const block = await blockHash(receipt.block).then((found) => (found ? getBlock(found) : null)).catch(() => null);
	const carrier = block?.block.extrinsics.find((extrinsic) => extrinsic.includes(encoded));
	const start = carrier ? carrier.indexOf(encoded) + encoded.length : 0;
	const signature = carrier?.slice(start, start + 128);
	const { authentic } = signature?.length === 128 ? await checkReceipt(whole, signature) : { authentic: null };
	return { hash: hash === receipt.hash, authentic };
}

function Receipt(props: { batch: BatchView; receipt: ReceiptView }) {
	const { batch, receipt } = props;
	const check = useQuery(`receipt ${receipt.hash} ${batch.worker ?? ""}`, () => verifyReceipt(batch, receipt), false);
	return (
		<>
			{check.data && (
				<Verdict ok={check.data.hash && check.data.authentic !== false ? (check.data.authentic === null ? "unknown" : true) : false} id="receipt-verdict">
					{check.data.hash && check.data.authentic ? (
						<><b>Signed by the worker.</b> Made anew on this page, the receipt has the hash on the chain, and the signature in block <BlockLink number={receipt.block} /> is that of the worker.</>
					) : !check.data.hash ? (
						<><b>Not the receipt on the chain.</b> What this node says of it has another hash.</>
					) : check.data.authentic === null ? (
						<><b>The hash is right.</b> The signature could not be checked: this node does not have the block any more. The certificate below holds it.</>
					) : (
						<><b>The signature is not that of the worker.</b></>
					)}
				</Verdict>
			)}
			{check.error && <Failure error={check.error} again={check.again} />}
			<Facts>
				<Fact name="Receipt"><HashText value={receipt.hash} /></Fact>
				<Fact name="Root of the results"><HashText value={receipt.outputsRoot} /></Fact>
				<Fact name="Sealed results">{bytes(receipt.sealed.len)} <HashText value={receipt.sealed.hash} /></Fact>
				<Fact name="Root of what is sealed"><HashText value={receipt.sealedRoot} /></Fact>
				<Fact name="Commitment to the key"><HashText value={receipt.keyCommitment} /></Fact>
				<Fact name="Key">{batch.key ? <HashText value={batch.key} what="key" /> : "not revealed yet"}</Fact>
			</Facts>
		</>
	);
}

function Audit(props: { batch: BatchView }) {
	const { audit } = props.batch;
	if (!audit) return <Empty>There is nothing to audit before the receipt.</Empty>;
	return (
		<>
			<Facts>
				<Fact name="Seed">{audit.seed ? <HashText value={audit.seed} what="seed" /> : "comes with the next block"}</Fact>
				<Fact name="Decision">{audit.audited === null ? "with the seed" : audit.audited ? `audited: ${plural(audit.required, "report")} needed` : "spared, as the job's rate allows"}</Fact>
			</Facts>
			{audit.reports.length > 0 ? (
				<table class="rows plain">
					<thead>
						<tr>
							<th scope="col">Auditor</th>
							<th scope="col">Block</th>
							<th scope="col">Tasks it drew and ran</th>
						</tr>
					</thead>
					<tbody>
						{audit.reports.map((report) => (
							<tr key={report.auditor}>
								<td><Account address={report.auditor} as="auditor" /></td>
								<td><BlockLink number={report.block} /></td>
								<td>{report.samples.length > 0 ? report.samples.join(", ") : "none"}{!report.checked && " (without the sealed results)"}</td>
							</tr>
						))}
					</tbody>
				</table>
			) : (
				audit.audited !== false && <Empty>No report yet.</Empty>
			)}
		</>
	);
}

function fromHex(text: string): Uint8Array {
	const digits = text.replace(/^0x/, "");
	return Uint8Array.from({ length: digits.length / 2 }, (_, at) => parseInt(digits.slice(at * 2, at * 2 + 2), 16));
}

function Draws(props: { answer: CertificateAnswer }) {
	const { reports, openings } = props.answer;
	return (
		<>
			<h3>Draws and tags</h3>
			{reports.length === 0 && <Empty>None: the draw spared this batch.</Empty>}
			<ul class="draws">
				{reports.map((report) => (
					<li key={report.auditor}>
						<p>Auditor key <HashText value={report.auditor} what="key" />, block <BlockLink number={report.block} />: {report.findings === "checked" ? "ran its tasks" : report.findings === "unsealed" ? "ran its tasks, did not get the sealed results" : "could not get what it takes"}</p>
						{report.randomness && <p>Its VRF gave <HashText value={report.randomness} what="VRF output" />, which means {plural(report.samples.length, "task")}: {report.samples.join(", ")}</p>}
						{report.tags.map((tag, at) => <p key={tag}>Blind tag of task {report.samples[at]}: <HashText value={tag} what="tag" /></p>)}
					</li>
				))}
			</ul>
			<h3>Openings</h3>
			{openings.length === 0 && <Empty>None.</Empty>}
			<ul class="draws">
				{openings.map((opening) => (
					<li key={opening.task}>
						<p>Task {opening.task}: {statusWords(opening.outcome.status)}, {count(opening.outcome.fuel)} fuel, leaf <HashText value={opening.leaf} what="leaf" />, {plural(opening.proof.length, "sibling")} to the root</p>
					</li>
				))}
			</ul>
		</>
	);
}

function Certificate(props: { batch: BatchView }) {
	const { batch } = props;
	const [state, setState] = useState<{ busy?: boolean; bytes?: Uint8Array; answer?: CertificateAnswer; wrong?: string; error?: unknown }>({});
	const [trusted, setTrusted] = useState("");
	const fingerprint = /^0x[0-9a-f]{64}$/i.test(trusted.trim()) ? trusted.trim().toLowerCase() : null;
	const verify = async (bytes: Uint8Array) => {
		try {
			const answer = await checkCertificate(bytes, fingerprint);
			const right = answer.shows.job === batch.job && answer.shows.batch === batch.batch;
			setState({ bytes, ...(right ? { answer } : { wrong: `it is about batch ${answer.shows.job}/${answer.shows.batch}` }) });
		} catch (error) {
			if (error instanceof NotVerified) setState({ bytes, wrong: error.message });
			else setState({ error });
		}
	};
	const fetchIt = () => {
		setState({ busy: true });
		getCertificate(batch.job, batch.batch)
			.then(({ certificate }) => verify(fromHex(certificate)))
			.catch((error: unknown) => setState({ error }));
	};
	useEffect(() => {
		if (state.bytes) void verify(state.bytes);
	}, [fingerprint]);
	const { answer } = state;
	const save = () => {
		if (!state.bytes) return;
		const url = URL.createObjectURL(new Blob([state.bytes.slice()], { type: "application/octet-stream" }));
		Object.assign(document.createElement("a"), { href: url, download: `job-${batch.job}-batch-${batch.batch}.certificate` }).click();
		setTimeout(() => URL.revokeObjectURL(url), 10_000);
	};
	const ready = batch.stage === "revealed" || batch.stage === "settled";
	return (
		<Card title="Certificate" id="certificate" aside={ready ? <button class="primary" disabled={state.busy} onClick={fetchIt}>{state.busy ? "Fetching …" : "Fetch and verify"}</button> : undefined}>
			{!ready && <Empty>There is a certificate once the batch is revealed and that block is final.</Empty>}
			{ready && !answer && !state.wrong && state.error === undefined && <p class="dim">One file that shows to anybody without a node that this batch was audited and accepted. It is checked here by the same code as with <code>assay verify</code>: signatures, VRF draws, tags, openings, state proofs, finality.</p>}
			{state.error !== undefined && <Failure error={state.error} again={fetchIt} />}
			{state.wrong && <Verdict ok={false} id="certificate-verdict"><b>The certificate does not hold:</b> {state.wrong}.</Verdict>}
			{state.bytes && (
				<p>
					<label>
						Fingerprint of a set you trust{" "}
						<input value={trusted} onInput={(event) => setTrusted(event.currentTarget.value)} placeholder="0x…" spellcheck={false} class="long" />
					</label>
				</p>
			)}
			{answer && (
				<>
					<Verdict ok={answer.shows.trusted ? true : "unknown"} id="certificate-verdict">
						{answer.shows.trusted ? (
							<><b>It holds</b>, and goes back to the authorities you trust.</>
						) : (
							<><b>It holds in itself.</b> Anybody can make such a file with authorities of his own: compare the fingerprint of the set with one you know, or enter that below.</>
						)}
					</Verdict>
					<Facts>
						<Fact name="Signed by">set {answer.shows.signedBy.set} of {plural(answer.shows.signedBy.authorities.length, "authority", "authorities")}, for block <BlockLink number={answer.shows.block} /></Fact>
						<Fact name="Fingerprint of the set"><HashText value={answer.shows.signedBy.fingerprint} what="fingerprint" /></Fact>
						<Fact name="Audit">{answer.shows.audited ? `${answer.shows.confirmedBy.length} of ${answer.shows.required} confirmed${answer.shows.sampled.length > 0 ? `, tasks ${answer.shows.sampled.join(", ")}` : ""}` : "the draw spared it"}</Fact>
					</Facts>
					<p><button onClick={save}>Save the certificate ({bytes(state.bytes?.length ?? 0)})</button></p>
					<Draws answer={answer} />
				</>
			)}
		</Card>
	);
}

function BatchBody(props: { job: JobView; batch: BatchView }) {
	const { batch, job } = props;
	const log = useStore(eventLog);
	const now = useStore(heads);
	useEffect(() => {
		if (log.newest > 0) void goBack(job.postedAt);
	}, [job.id, log.newest > 0]);
	const events = eventsWhere(log, (event) => event.job === batch.job && event.batch === batch.batch);
	const find = (name: string) => events.findLast((event) => event.name === name)?.block;
	const left = batch.deadline && now ? batch.deadline - now.best.number : undefined;
	return (
		<>
			<div class="page-head">
				<div>
					<p class="crumbs"><a href={href("job", job.id)}>Job {job.id}</a></p>
					<h1>Batch {batch.batch}</h1>
					<p>
						<StageBadge stage={batch.stage} /> {STAGE_WORDS[batch.stage]}. Tasks {count(batch.firstTask)} to {count(batch.firstTask + batch.tasks - 1)}
						{batch.worker && <>, worker <Account address={batch.worker} as="worker" /></>}
						{batch.bond !== "0" && <>, {money(batch.bond)} at stake</>}
						{batch.attempt > 0 && `, handed out ${plural(batch.attempt, "time")} before`}
						{left !== undefined && left > 0 && `, ${plural(left, "block")} left (about ${blocksTime(left)})`}.
					</p>
				</div>
				<nav class="pager" aria-label="Neighbours">
					{batch.batch > 0 && <a href={href("job", job.id, "batch", batch.batch - 1)}>← {batch.batch - 1}</a>}
					{batch.firstTask + batch.tasks < job.spec.tasks && <a href={href("job", job.id, "batch", batch.batch + 1)}>{batch.batch + 1} →</a>}
				</nav>
			</div>
			<Card>
				<Timeline steps={steps(batch, job, find)} />
			</Card>
			<BatchResults job={job} batch={batch} key={`${batch.batch}.${batch.attempt}`} />
			<div class="columns">
				<Card title="Receipt">{batch.receipt ? <Receipt batch={batch} receipt={batch.receipt} /> : <Empty>The worker has not handed in anything yet.</Empty>}</Card>
				<Card title="Audit"><Audit batch={batch} /></Card>
			</div>
			<Certificate batch={batch} key={`certificate ${batch.batch}`} />
			<Card title="What happened" aside={log.oldest <= job.postedAt ? undefined : log.lost ? `since block ${count(log.oldest)}` : "reading older blocks …"}>
				{events.length > 0 ? <EventList events={[...events].reverse()} within="batch" label="Events of this batch, newest first" id="batch-events" /> : <Empty>{log.lost ? `This node keeps the events of the blocks since ${count(log.oldest)}, and there are none of this batch.` : "Nothing yet."}</Empty>}
			</Card>
		</>
	);
}

export function Batch(props: { job: number; batch: number }) {
	const key = `${props.job}/${props.batch}`;
	const job = useQuery(`job ${props.job}`, () => getJob(props.job));
	const batch = useQuery(`batch ${key}`, () => getBatch(props.job, props.batch));
	return (
		<Asked query={job} missing={<NotHere>There is no job {props.job} on this chain. <a href={href("jobs")}>All jobs</a></NotHere>}>
			{(job) => (
				<Asked query={batch} missing={<NotHere>Job {props.job} has no batch {props.batch}. <a href={href("job", props.job)}>To the job</a></NotHere>}>
					{(batch) => <BatchBody key={key} job={job} batch={batch} />}
				</Asked>
			)}
		</Asked>
	);
}

