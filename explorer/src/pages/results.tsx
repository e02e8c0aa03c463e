// "Check it yourself": results fetched, opened and verified on the page, and single tasks run again.
import { useEffect, useRef, useState } from "preact/hooks";
import { getBatch } from "../chain/rpc";
import { batchCount, type BatchView, type JobView } from "../chain/types";
import { checkResults, type CheckedBatch, type CheckedTask } from "../check/results";
import { rerun } from "../check/rerun";
import type { RunReply } from "../check/run";
import { href } from "../route";
import { bytes, count, percent, plural, statusWords } from "../ui/format";
import { Output, Picture, tile } from "../ui/output";
import { Card, Empty, Failure, HashText, Verdict } from "../ui/parts";

/** Batches of a job that are fetched for one picture. */
const MOST_BATCHES = 256;
const SHOWN_TASKS = 20;

function Rerun(props: { job: JobView; task: CheckedTask }) {
	const { job, task } = props;
	const [state, setState] = useState<{ busy?: boolean; reply?: RunReply; error?: unknown }>({});
	const stop = useRef<AbortController>(null);
	useEffect(() => () => stop.current?.abort(), []);
	const begin = () => {
		stop.current = new AbortController();
		setState({ busy: true });
		rerun(job, task.task, stop.current.signal)
			.then((reply) => setState({ reply }))
			.catch((error: unknown) => setState(error instanceof Error && error.message === "stopped" ? {} : { error }));
	};
	const { reply } = state;
	const same = reply?.kind === "outcome" && reply.leaf === task.leaf;
	return (
		<div class="rerun">
			{state.busy ? (
				<button onClick={() => stop.current?.abort()}>
					<span class="pulse" aria-hidden="true" /> Running task {task.task} … stop
				</button>
			) : (
				<button onClick={begin}>Run task {task.task} again, here</button>
			)}
			{state.error !== undefined && <Failure error={state.error} />}
			{reply?.kind === "noVerdict" && <Verdict ok="unknown">No verdict: {reply.reason}. That says nothing about the result.</Verdict>}
			{reply?.kind === "outcome" && (
				<Verdict ok={same} id={`rerun-${task.task}`}>
					{same ? (
						<>
							<b>The same result.</b> This browser ran the task itself in {count(Math.round(reply.milliseconds))} ms: {statusWords(reply.status)}, {count(BigInt(reply.fuel))} fuel, the same leaf to the bit.
						</>
					) : (
						<>
							<b>Another result.</b> Here the task {statusWords(reply.status)} with {count(BigInt(reply.fuel))} fuel and leaf <HashText value={reply.leaf} />; the worker says {statusWords(task.outcome.status)} with {count(task.outcome.fuel)} fuel. Whoever contests it in time has all validators run it again.
						</>
					)}
				</Verdict>
			)}
			{reply?.kind === "outcome" && !same && <Output output={reply.output} name={`job-${job.id}-task-${task.task}-here`} />}
		</div>
	);
}

function TaskResult(props: { job: JobView; task: CheckedTask; open: boolean }) {
	const { task, job } = props;
	const [open, setOpen] = useState(props.open);
	return (
		<li class={`task ${task.verified ? "good" : "bad"}`} data-task={task.task}>
			<button class="task-head" aria-expanded={open} onClick={() => setOpen(!open)}>
				<span class="sign" aria-label={task.verified ? "verified" : "not verified"}>
					{task.verified ? "✓" : "✗"}
				</span>
				<b>Task {task.task}</b>
				<span>{statusWords(task.outcome.status)}</span>
				<span class="dim">{bytes(task.outcome.outputLen)}, {count(task.outcome.fuel)} fuel</span>
			</button>
			{open && (
				<div class="task-body">
					<p class="dim">
						Leaf <HashText value={task.leaf} what="leaf" /> {task.verified ? `lies under the root that the worker signed, by ${plural(task.proof.length, "sibling")}` : "does not lie under the root that the worker signed"}.
					</p>
					<Output output={task.output} name={`job-${job.id}-task-${task.task}`} />
					<Rerun job={job} task={task} />
				</div>
			)}
		</li>
	);
}

function progressWords(progress: [number, number] | undefined): string {
	return progress ? `Fetching ${percent(progress[0] / progress[1], 0)} of ${bytes(progress[1])}` : "Fetching";
}

/** The results of one batch. */
export function BatchResults(props: { job: JobView; batch: BatchView }) {
	const { batch, job } = props;
	const [state, setState] = useState<{ busy?: boolean; found?: CheckedBatch; error?: unknown; progress?: [number, number] }>({});
	const [shown, setShown] = useState(SHOWN_TASKS);
	const revealed = batch.key !== null && batch.receipt !== null;
	const begin = () => {
		setState({ busy: true });
		checkResults(batch, (done, all) => setState((now) => (now.busy ? { ...now, progress: [done, all] } : now)))
			.then((found) => setState({ found }))
			.catch((error: unknown) => setState({ error }));
	};
	const { found } = state;
	return (
		<Card title="Check it yourself" id="check" aside={revealed ? <button class="primary" disabled={state.busy} onClick={begin}>{state.busy ? `${progressWords(state.progress)} …` : found ? "Check again" : "Fetch and verify the results"}</button> : undefined}>
			{!revealed && <Empty>The results are sealed until the batch is audited and its worker reveals the key.</Empty>}
			{revealed && !found && !state.busy && state.error === undefined && (
				<p class="dim">
					Fetches the sealed results from the node, opens them with the key on the chain, and checks each against what the worker signed. All of that happens on this page: neither the node nor the worker is believed.
				</p>
			)}
			{state.error !== undefined && <Failure error={state.error} again={begin} />}
			{found?.kind === "wrong" && (
				<Verdict ok={false} id="verdict">
					<b>Not verified.</b> What came is not what the worker is bound to: {found.reason}. Nothing of it is shown.
				</Verdict>
			)}
			{found?.kind === "opened" && (
				<>
					<Verdict ok={found.verified} id="verdict">
						{found.verified ? (
							<>
								<b>Verified.</b> {plural(found.tasks.length, "result")}, each the one that the worker signed for. Whether it computed them rightly the audit tells by sample, and you can by running a task again.
							</>
						) : (
							<>
								<b>Not verified.</b> The worker sealed something else than it signed for.
							</>
						)}
					</Verdict>
					<ol class="tasks">
						{found.tasks.slice(0, shown).map((task, at) => (
							<TaskResult key={task.task} job={job} task={task} open={at === 0} />
						))}
					</ol>
					{found.tasks.length > shown && <button onClick={() => setShown(shown + SHOWN_TASKS)}>Show more of {count(found.tasks.length)}</button>}
				</>
			)}
		</Card>
	);
}

interface Gathered {
	opened: CheckedTask[];
	wrong: { batch: number; reason: string }[];
	sealed: number;
	seen: number;
}

/** The results of a whole job, and the picture that they make together if they are tiles of one. */
export function JobResults(props: { job: JobView }) {
	const { job } = props;
	const [state, setState] = useState<{ busy?: boolean; found?: Gathered; error?: unknown }>({});
	const stopped = useRef(false);
	useEffect(() => () => void (stopped.current = true), []);
	const all = Math.min(batchCount(job.spec), MOST_BATCHES);
	const gather = async () => {
		const found: Gathered = { opened: [], wrong: [], sealed: 0, seen: 0 };
		setState({ busy: true, found: { ...found } });
		try {
			for (let number = 0; number < all && !stopped.current; number++) {
				const batch = await getBatch(job.id, number);
				if (!batch.key || !batch.receipt) found.sealed++;
				else {
					const checked = await checkResults(batch);
					if (checked.kind === "wrong") found.wrong.push({ batch: number, reason: checked.reason });
					else if (!checked.verified) found.wrong.push({ batch: number, reason: "its worker sealed something else than it signed for" });
					else found.opened = [...found.opened, ...checked.tasks];
				}
				found.seen = number + 1;
				setState({ busy: true, found: { ...found } });
			}
			setState({ found: { ...found } });
		} catch (error) {
			setState({ error });
		}
	};
	const { found } = state;
	const tiles = found?.opened.map((task) => tile(task.output)).filter((part) => part !== undefined) ?? [];
	const failed = found?.wrong.length ?? 0;
	return (
		<Card title="Results" id="results" aside={<button class="primary" disabled={state.busy} onClick={() => void gather()}>{state.busy ? `Checking ${found?.seen ?? 0} of ${all} …` : "Fetch and verify all"}</button>}>
			{!found && state.error === undefined && (
				<p class="dim">Fetches every revealed batch, opens it, and checks each result against what its worker signed, on this page. Open a batch to see single results and to run a task again.{batchCount(job.spec) > MOST_BATCHES && ` The first ${MOST_BATCHES} batches.`}</p>
			)}
			{state.error !== undefined && <Failure error={state.error} again={() => void gather()} />}
			{found && !state.busy && (
				<Verdict ok={failed > 0 ? false : found.opened.length > 0 ? true : "unknown"} id="verdict">
					<b>{failed > 0 ? "Not verified." : found.opened.length > 0 ? "Verified." : "Nothing to verify yet."}</b> {found.opened.length > 0 && `${plural(found.opened.length, "result")} of ${count(job.spec.tasks)} are what their workers signed for. `}
					{found.sealed > 0 && `${plural(found.sealed, "batch is", "batches are")} not revealed yet. `}
					{found.wrong.map(({ batch, reason }) => (
						<span key={batch}>
							<a href={href("job", job.id, "batch", batch)}>Batch {batch}</a>: {reason}.{" "}
						</span>
					))}
				</Verdict>
			)}
			{tiles.length > 0 && (
				<figure>
					<Picture whole tiles={tiles} label={`The picture of job ${job.id}, from ${tiles.length} verified tiles`} />
					<figcaption class="dim">{plural(tiles.length, "verified tile")} put together</figcaption>
				</figure>
			)}
			{tiles.length === 0 && found && found.opened.length > 0 && (
				<ol class="tasks">
					{found.opened.slice(0, SHOWN_TASKS).map((task) => (
						<TaskResult key={task.task} job={job} task={task} open={false} />
					))}
				</ol>
			)}
		</Card>
	);
}
