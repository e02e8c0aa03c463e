import { useState } from "preact/hooks";
import { download } from "../chain/blobs";
import { jobs } from "../chain/jobs";
import type { BlobRef, JobView } from "../chain/types";
import { hashOf, NotVerified, prepare } from "../check/verifier";
import { href } from "../route";
import { useStore } from "../store";
import { bytes, count, money, plural } from "../ui/format";
import { Card, Empty, Fact, Facts, Failure, HashText, Loading, NotHere, Verdict } from "../ui/parts";
import { JobTable } from "./jobs";

interface Known {
	program: BlobRef;
	jobs: JobView[];
}

function known(all: Iterable<JobView>): Known[] {
	const programs = new Map<string, Known>();
	for (const job of all) {
		const entry = programs.get(job.spec.program.hash) ?? { program: job.spec.program, jobs: [] };
		entry.jobs.push(job);
		programs.set(job.spec.program.hash, entry);
	}
	return [...programs.values()].sort((one, other) => other.jobs.length - one.jobs.length);
}

export function Programs() {
	const { all, complete } = useStore(jobs);
	const list = known(all.values());
	return (
		<Card whole title={<>Programs <small class="dim">{count(list.length)}</small></>}>
			{list.length === 0 ? (
				complete ? <Empty>No job names a program yet.</Empty> : <Loading what="Reading the jobs" />
			) : (
				<div class="table-frame">
					<table class="rows" aria-label="Programs">
						<thead>
							<tr>
								<th scope="col">Program</th>
								<th scope="col" class="number">Size</th>
								<th scope="col" class="number">Jobs</th>
								<th scope="col" class="number">Tasks</th>
								<th scope="col" class="number">Paid to workers</th>
							</tr>
						</thead>
						<tbody>
							{list.map(({ program, jobs }) => (
								<tr key={program.hash}>
									<th scope="row" data-name="Program"><a href={href("programs", program.hash)}><code class="cut">{program.hash}</code></a></th>
									<td class="number" data-name="Size">{bytes(program.len)}</td>
									<td class="number" data-name="Jobs">{count(jobs.length)}</td>
									<td class="number" data-name="Tasks">{count(jobs.reduce((sum, job) => sum + job.spec.tasks, 0))}</td>
									<td class="number" data-name="Paid">{money(jobs.reduce((sum, job) => sum + BigInt(job.paidToWorkers), 0n))}</td>
								</tr>
							))}
						</tbody>
					</table>
				</div>
			)}
		</Card>
	);
}

interface Looked {
	hash: string;
	imports: string[];
	functions: number;
	initialPages: number;
	maximumPages: number | null;
	refused?: string;
}

/** Fetches a program and holds it against the machine's profile, on this page. */
async function look(program: BlobRef): Promise<Looked> {
	const code = await download(program.hash, program.len);
	const { hash } = await hashOf(code);
	try {
		const prepared = await prepare(code);
		const module = await WebAssembly.compile(code as Uint8Array<ArrayBuffer>);
		const imports = WebAssembly.Module.imports(module);
		return { hash, imports: imports.map(({ name }) => name), functions: imports.length, initialPages: prepared.initialPages, maximumPages: prepared.maximumPages };
	} catch (error) {
		if (error instanceof NotVerified) return { hash, imports: [], functions: 0, initialPages: 0, maximumPages: null, refused: error.message };
		throw error;
	}
}

export function Program(props: { hash: string }) {
	const { all, complete } = useStore(jobs);
	const [state, setState] = useState<{ busy?: boolean; found?: Looked; error?: unknown }>({});
	const found = known(all.values()).find(({ program }) => program.hash === props.hash);
	if (!found) return complete ? <NotHere>No job on this chain names the program {props.hash}.</NotHere> : <Loading what="Reading the jobs" />;
	const { program } = found;
	const begin = () => {
		setState({ busy: true });
		look(program)
			.then((found) => setState({ found }))
			.catch((error: unknown) => setState({ error }));
	};
	return (
		<>
			<div class="page-head">
				<div>
					<h1>Program</h1>
					<p class="address"><HashText value={program.hash} long /></p>
				</div>
			</div>
			<Card title="What it is" aside={<button class="primary" disabled={state.busy} onClick={begin}>{state.busy ? "Fetching …" : "Fetch and check"}</button>}>
				<Facts>
					<Fact name="Size">{bytes(program.len)}</Fact>
					<Fact name="Used by">{plural(found.jobs.length, "job")} of {plural(new Set(found.jobs.map((job) => job.requester)).size, "requester")}</Fact>
					{state.found && !state.found.refused && (
						<>
							<Fact name="Asks the host for">{state.found.imports.length > 0 ? state.found.imports.join(", ") : "nothing"}</Fact>
							<Fact name="Memory">{bytes(state.found.initialPages * 65536)} at first{state.found.maximumPages ? `, at most ${bytes(state.found.maximumPages * 65536)}` : ""}</Fact>
						</>
					)}
				</Facts>
				{state.error !== undefined && <Failure error={state.error} again={begin} />}
				{state.found && (
					<Verdict ok={state.found.hash === program.hash && !state.found.refused} id="program-verdict">
						{state.found.hash !== program.hash ? <><b>Not this program.</b> The node sent something with the hash {state.found.hash}.</> : state.found.refused ? <><b>The machine does not take it:</b> {state.found.refused}</> : <><b>The machine takes it.</b> What the node sent has this hash, and passed the machine's profile on this page.</>}
					</Verdict>
				)}
			</Card>
			<Card title="Jobs with it">
				<JobTable list={[...found.jobs].sort((one, other) => other.id - one.id)} label="Jobs with this program" />
			</Card>
		</>
	);
}
