// Posting a job: program and inputs are chosen and tried on this page, then quoted, signed, uploaded and followed.
import { useEffect, useRef, useState } from "preact/hooks";
import { upload } from "../chain/blobs";
import { connection, typedApi } from "../chain/connection";
import { useQuery } from "../chain/query";
import { chainType, getParameters, quote } from "../chain/rpc";
import { developmentAccounts, extensionAccounts, extensions, type SigningAccount } from "../chain/signing";
import type { BlobRef, InputSpec, JobSpec, Quote } from "../chain/types";
import { runLocally } from "../check/rerun";
import type { RunReply } from "../check/run";
import { hashOf, packInputs, prepare } from "../check/verifier";
import { href } from "../route";
import { useStore } from "../store";
import { bytes, count, errorWords, money, parseMoney, percent, plural, statusWords } from "../ui/format";
import { Output } from "../ui/output";
import { Card, Fact, Facts, Failure, HashText, Verdict } from "../ui/parts";

const VM_VERSION = 1;
const FUEL_PER_TASK = 10_000_000_000;

interface Program {
	name: string;
	code: Uint8Array;
	blob: BlobRef;
	initialPages: number;
}

interface Input {
	names: string[];
	blob: Uint8Array;
	spec: InputSpec;
}

interface Numbers {
	tasks: string;
	batchSize: string;
	bounty: string;
	auditors: string;
	samples: string;
	rate: string;
	fuel: string;
	memory: string;
	output: string;
	execution: string;
	challenge: string;
	lifetime: string;
}

const FIELDS: { key: keyof Numbers; label: string; unit: string; least: number; most: number; whole?: boolean }[] = [
	{ key: "tasks", label: "Tasks", unit: "", least: 1, most: 0xffffffff },
	{ key: "batchSize", label: "Tasks in a batch", unit: "", least: 1, most: 100_000 },
	{ key: "auditors", label: "Auditors wanted", unit: "a batch", least: 1, most: 8 },
	{ key: "samples", label: "Tasks each runs again", unit: "", least: 1, most: 16 },
	{ key: "rate", label: "Batches audited", unit: "%", least: 5, most: 100, whole: false },
	{ key: "fuel", label: "Fuel of a task", unit: "at most", least: 1, most: Number.MAX_SAFE_INTEGER },
	{ key: "memory", label: "Memory of a task", unit: "pages of 64 KiB", least: 1, most: 16_384 },
	{ key: "output", label: "Output of a task", unit: "bytes at most", least: 0, most: 16 << 20 },
	{ key: "execution", label: "To run a batch", unit: "blocks", least: 1, most: 0xffffffff },
	{ key: "challenge", label: "To contest a result", unit: "blocks", least: 1, most: 0xffffffff },
	{ key: "lifetime", label: "The job lives for", unit: "blocks", least: 1, most: 0xffffffff },
];

const FIRST: Numbers = {
	tasks: "16", batchSize: "4", bounty: "0.1", auditors: "2", samples: "2", rate: "100", fuel: String(FUEL_PER_TASK), memory: "1024", output: "1048576", execution: "200", challenge: "100", lifetime: "14400",
};

const read = async (file: File) => new Uint8Array(await file.arrayBuffer());

/** The job that the fields describe, or what is wrong with them. */
function specOf(numbers: Numbers, program: Program | undefined, input: Input | undefined): { spec?: JobSpec; wrong?: string } {
	if (!program) return { wrong: "Choose a program." };
	if (!input) return { wrong: "Choose an input." };
	const values = new Map<keyof Numbers, number>();
	for (const { key, label, least, most, whole = true } of FIELDS) {
		const value = Number(numbers[key]);
		if (numbers[key].trim() === "" || !Number.isFinite(value) || (whole && !Number.isInteger(value)) || value < least || value > most) {
			return { wrong: `${label}: a number from ${count(least)} to ${count(most)}.` };
		}
		values.set(key, value);
	}
	const number = (key: keyof Numbers) => values.get(key) ?? 0;
	const bounty = parseMoney(numbers.bounty);
	if (bounty === undefined || bounty === 0n) return { wrong: "Bounty: an amount above 0, with at most twelve digits behind the point." };
	const tasks = input.spec.kind === "perTask" ? input.names.length : number("tasks");
	return {
		spec: {
			program: program.blob,
			vmVersion: VM_VERSION,
			input: input.spec,
			tasks,
			batchSize: Math.min(number("batchSize"), tasks),
			bounty: bounty.toString(),
			limits: { fuel: number("fuel"), memoryPages: number("memory"), outputBytes: number("output") },
			audit: { auditors: number("auditors"), samples: number("samples"), rate: Math.round(number("rate") * 10_000) },
			executionWindow: number("execution"),
			challengeWindow: number("challenge"),
			lifetime: number("lifetime"),
		},
	};
}

/** The call, as PAPI wants it. */
function call(spec: JobSpec) {
	const blob = (from: BlobRef) => ({ hash: from.hash, len: BigInt(from.len) });
	const input = spec.input.kind === "shared" ? { type: "Shared" as const, value: { blob: blob(spec.input.blob) } } : { type: "PerTask" as const, value: { blob: blob(spec.input.blob), root: spec.input.root } };
	return typedApi().tx.Compute.post_job({
		spec: {
			program: blob(spec.program),
			vm_version: spec.vmVersion,
			input,
			tasks: spec.tasks,
			batch_size: spec.batchSize,
			bounty: BigInt(spec.bounty),
			limits: { fuel: BigInt(spec.limits.fuel), memory_pages: spec.limits.memoryPages, output_bytes: spec.limits.outputBytes },
			audit: spec.audit,
			execution_window: spec.executionWindow,
			challenge_window: spec.challengeWindow,
			lifetime: spec.lifetime,
		},
	});
}

function useAccounts() {
	const { generation } = useStore(connection);
	const type = useQuery("chain type", chainType, false);
	const [accounts, setAccounts] = useState<SigningAccount[]>([]);
	const [error, setError] = useState<unknown>();
	const add = (found: SigningAccount[]) => setAccounts((now) => [...now.filter((one) => !found.some((other) => other.source === one.source)), ...found]);
	useEffect(() => {
		if (type.data !== "Development") return;
		void typedApi().constants.System.SS58Prefix().then((prefix) => add(developmentAccounts(prefix)));
	}, [type.data, generation]);
	const connect = (name: string) => {
		setError(undefined);
		extensionAccounts(name).then(add).catch(setError);
	};
	return { accounts, connect, error };
}

function Try(props: { program: Program; input: Input; spec: JobSpec }) {
	const { program, input, spec } = props;
	const [task, setTask] = useState("0");
	const [state, setState] = useState<{ busy?: boolean; reply?: RunReply; error?: unknown }>({});
	const stop = useRef<AbortController>(null);
	useEffect(() => () => stop.current?.abort(), []);
	const begin = () => {
		stop.current = new AbortController();
		setState({ busy: true });
		runLocally({ job: 0, task: Number(task) || 0, program: program.code, programHash: program.blob.hash, input: spec.input, tasks: spec.tasks, inputBlob: input.blob, limits: spec.limits }, stop.current.signal)
			.then((reply) => setState({ reply }))
			.catch((error: unknown) => setState({ error }));
	};
	const { reply } = state;
	return (
		<div class="rerun">
			<label>
				Task <input type="number" min="0" max={spec.tasks - 1} value={task} onInput={(event) => setTask(event.currentTarget.value)} class="short" />
			</label>{" "}
			{state.busy ? <button onClick={() => stop.current?.abort()}><span class="pulse" aria-hidden="true" /> Running … stop</button> : <button onClick={begin}>Try it here first</button>}
			{state.error !== undefined && <Failure error={state.error} />}
			{reply?.kind === "noVerdict" && <Verdict ok="unknown">{reply.reason}</Verdict>}
			{reply?.kind === "outcome" && (
				<>
					<Verdict ok={typeof reply.status === "object" && reply.status.completed === 0} id="dry-run">
						The task <b>{statusWords(reply.status)}</b> after {count(BigInt(reply.fuel))} fuel and {count(Math.round(reply.milliseconds))} ms on this machine.
						{typeof reply.status !== "object" && " Workers would be paid for that result as for any other."}
					</Verdict>
					<Output output={reply.output} name="task" />
					{reply.stderr && <details><summary>Standard error</summary><pre>{reply.stderr}</pre></details>}
				</>
			)}
		</div>
	);
}

function Price(props: { quote: Quote }) {
	const { quote } = props;
	return (
		<Facts>
			<Fact name="Put into escrow"><b>{money(quote.escrow)}</b>: {money(quote.bounties)} for workers, {money(quote.auditReserve)} for auditors; what audits do not use comes back</Fact>
			<Fact name="Deposit">{money(quote.deposit)}, which comes back when the job closes</Fact>
			<Fact name="A worker has at stake">{money(quote.bond)} for each batch</Fact>
			<Fact name="Caught by the audit">{quote.cheating.map((odds) => `${percent(Math.floor(Number(odds.caught) * 1000) / 1000)} of those who make up ${percent(odds.share / 1_000_000)}`).join("; ")} of the results</Fact>
		</Facts>
	);
}

export function Post() {
	const [program, setProgram] = useState<Program>();
	const [input, setInput] = useState<Input>();
	const [wrongFile, setWrongFile] = useState<string>();
	const [numbers, setNumbers] = useState(FIRST);
	const [chosen, choose] = useState<string>();
	const [state, setState] = useState<{ step?: string; job?: number; block?: number; error?: unknown }>({});
	const [fee, setFee] = useState<bigint>();
	const [available, setAvailable] = useState(extensions);
	const parameters = useQuery("parameters", getParameters, false);
	const { accounts, connect, error: extensionError } = useAccounts();
	useEffect(() => {
		// Extensions put themselves into the page after it was loaded.
		const timer = setInterval(() => setAvailable((now) => (extensions().join() === now.join() ? now : extensions())), 1_000);
		return () => clearInterval(timer);
	}, []);
	const { spec, wrong } = specOf(numbers, program, input);
	const key = spec ? JSON.stringify(spec) : "";
	const price = useQuery(`quote ${key}`, () => (spec ? quote(spec) : Promise.resolve(undefined)), false);
	const account = accounts.find(({ source, address }) => `${source}/${address}` === chosen);
	useEffect(() => {
		setFee(undefined);
		let current = true;
		if (spec && account) void call(spec).getEstimatedFees(account.address).then((found) => current && setFee(found)).catch(() => undefined);
		return () => void (current = false);
	}, [key, chosen]);

	const takeProgram = async (file: File | undefined) => {
		if (!file) return;
		setWrongFile(undefined);
		setProgram(undefined);
		try {
			const code = await read(file);
			const prepared = await prepare(code);
			setProgram({ name: file.name, code, blob: await hashOf(code), initialPages: prepared.initialPages });
		} catch (error) {
			setWrongFile(`${file.name} cannot be posted: ${errorWords(error)}`);
		}
	};
	const takeInput = async (files: FileList | null) => {
		if (!files || files.length === 0) return;
		const list = [...files].sort((one, other) => one.name.localeCompare(other.name, "en", { numeric: true }));
		const contents = await Promise.all(list.map(read));
		const [only] = contents;
		const names = list.map(({ name }) => name);
		if (contents.length === 1 && only) setInput({ names, blob: only, spec: { kind: "shared", blob: await hashOf(only) } });
		else setInput({ names, ...(await packInputs(contents)) });
	};
	const post = async () => {
		if (!spec || !program || !input || !account) return;
		try {
			setState({ step: "Uploading the program" });
			await upload(spec.program.hash, program.code, (done, all) => setState({ step: `Uploading the program: ${percent(done / all, 0)}` }));
			setState({ step: "Uploading the input" });
			await upload(spec.input.blob.hash, input.blob, (done, all) => setState({ step: `Uploading the input: ${percent(done / all, 0)}` }));
			setState({ step: account.source === "development" ? "Signing" : `Waiting for you to sign in ${account.source}` });
			await new Promise<void>((resolve, reject) => {
				call(spec).signSubmitAndWatch(account.signer).subscribe({
					next: (event) => {
						if (event.type === "signed" || event.type === "broadcasted") setState({ step: "Waiting for a block" });
						const found = event.type === "finalized" || (event.type === "txBestBlocksState" && event.found) ? event : undefined;
						if (!found) return;
						if (!found.ok) return reject(new Error(`the chain refused it: ${JSON.stringify(found.dispatchError)}`));
						const posted = found.events.find(({ type, value }) => type === "Compute" && value.type === "JobPosted");
						const id = (posted?.value.value as { job?: bigint } | undefined)?.job;
						if (id === undefined) return;
						setState({ job: Number(id), block: found.block.number });
						resolve();
					},
					error: reject,
				});
			});
		} catch (error) {
			setState({ error });
		}
	};

	const perTask = input?.spec.kind === "perTask";
	const limits = parameters.data;
	return (
		<>
			<div class="page-head">
				<div>
					<h1>Post a bounty</h1>
					<p>Strangers' computers run your program, and you pay for what was really done. <b>Program, inputs and revealed results are public.</b></p>
				</div>
			</div>
			<div class="columns">
				<Card title="What is to be run">
					<p class="field">
						<label for="program">Program, a WebAssembly command</label>
						<input id="program" type="file" accept=".wasm,application/wasm" onChange={(event) => void takeProgram(event.currentTarget.files?.[0])} />
					</p>
					{wrongFile && <Verdict ok={false} id="program-verdict">{wrongFile}</Verdict>}
					{program && <Verdict ok id="program-verdict"><b>{program.name}</b> can be posted: {bytes(program.code.length)}, starts with {bytes(program.initialPages * 65536)} of memory. <HashText value={program.blob.hash} /></Verdict>}
					<p class="field">
						<label for="input">Input: one file for all tasks, or several, one for each</label>
						<input id="input" type="file" multiple onChange={(event) => void takeInput(event.currentTarget.files)} />
					</p>
					{input && <p class="dim">{perTask ? `${plural(input.names.length, "input")}, from ${input.names[0]} to ${input.names.at(-1)}: as many tasks` : `${input.names[0]}, ${bytes(input.blob.length)}, read by every task`}</p>}
					{program && input && spec && <Try program={program} input={input} spec={spec} key={program.blob.hash + spec.input.blob.hash} />}
				</Card>
				<Card title="How, and for how much">
					<div class="fields">
						<p class="field">
							<label for="bounty">Bounty for each task</label>
							<span><input id="bounty" inputMode="decimal" value={numbers.bounty} onInput={(event) => setNumbers({ ...numbers, bounty: event.currentTarget.value })} /> ASY</span>
						</p>
						{FIELDS.slice(0, 5).map((field) => <NumberField key={field.key} field={field} numbers={numbers} set={setNumbers} fixed={field.key === "tasks" && perTask ? input.names.length : undefined} />)}
					</div>
					<details>
						<summary>Limits and times</summary>
						<div class="fields">
							{FIELDS.slice(5).map((field) => <NumberField key={field.key} field={field} numbers={numbers} set={setNumbers} />)}
						</div>
						{limits && <p class="dim">This chain: at least {limits.minimumExecutionWindow} blocks to run a batch and {limits.minimumChallengeWindow} to contest it; at most {count(limits.maximumWindow)} for either, {count(limits.maximumLifetime)} for a job.</p>}
					</details>
				</Card>
			</div>
			<Card title="What it costs">
				{wrong ? <p class="empty">{wrong}</p> : price.error ? <Failure error={price.error} /> : price.data ? <div id="price"><Price quote={price.data} />{fee !== undefined && <p class="dim">The fee of the transaction is about {money(fee)}.</p>}</div> : <p class="dim">Asking the chain …</p>}
				<div class="signing">
					<label>
						Who posts it{" "}
						<select id="account" value={chosen ?? ""} onChange={(event) => choose(event.currentTarget.value)}>
							<option value="" disabled>choose an account</option>
							{accounts.map((one) => <option key={one.source + one.address} value={`${one.source}/${one.address}`}>{one.name} ({one.source})</option>)}
						</select>
					</label>
					{available.map((name) => <button key={name} onClick={() => connect(name)}>Use {name}</button>)}
					{available.length === 0 && <span class="dim">No wallet extension is in this browser{accounts.length > 0 ? "; this is a development chain, its accounts will do" : ""}.</span>}
					<button class="primary" id="post" disabled={!spec || !account || !price.data || state.step !== undefined} onClick={() => void post()}>
						{state.step ? `${state.step} …` : "Sign and post"}
					</button>
				</div>
				{extensionError !== undefined && <Failure error={extensionError} />}
				{state.error !== undefined && <Failure error={state.error} />}
				{state.job !== undefined && (
					<Verdict ok id="posted">
						<b>Posted.</b> It is <a href={href("job", state.job)}>job {state.job}</a>, since block {state.block}. Follow it there.
					</Verdict>
				)}
			</Card>
		</>
	);
}

function NumberField(props: { field: (typeof FIELDS)[number]; numbers: Numbers; set: (numbers: Numbers) => void; fixed?: number | undefined }) {
	const { field, numbers } = props;
	return (
		<p class="field">
			<label for={field.key}>{field.label}</label>
			<span>
				<input id={field.key} type="number" min={field.least} max={field.most} disabled={props.fixed !== undefined} value={props.fixed ?? numbers[field.key]} onInput={(event) => props.set({ ...numbers, [field.key]: event.currentTarget.value })} /> {field.unit}
			</span>
		</p>
	);
}

