// The node's own calls, typed.
import { request } from "./connection";
import type { AuditorView, BatchView, Hash, JobSpec, JobView, Parameters, Quote, WorkerView } from "./types";

export const PAGE = 100;

export const getJob = (job: number, at?: Hash) => request<JobView>("compute_getJob", at ? [job, at] : [job]);
export const listJobs = (start: number) => request<JobView[]>("compute_listJobs", [start, PAGE]);
export const getBatch = (job: number, batch: number) => request<BatchView>("compute_getBatch", [job, batch]);
export const listBatches = (job: number, start: number, limit = PAGE) =>
	request<BatchView[]>("compute_listBatches", [job, start, limit]);
export const getWorker = (address: string) => request<WorkerView>("compute_getWorker", [address]);
export const getAuditor = (address: string) => request<AuditorView>("compute_getAuditor", [address]);
export const getParameters = () => request<Parameters>("compute_getParameters", []);
export const quote = (spec: JobSpec, hostile = 200_000) => request<Quote>("compute_quote", [spec, hostile]);
/** A node runs old blocks again to make one, which takes a busy machine a while. */
const CERTIFICATE_SECONDS = 600;
export const getCertificate = (job: number, batch: number) =>
	request<{ certificate: string }>("compute_getCertificate", [job, batch], CERTIFICATE_SECONDS);
export const blockHash = (number: number) => request<Hash | null>("chain_getBlockHash", [number]);
export const getBlock = (hash: Hash) =>
	request<{ block: { header: { number: string; parentHash: Hash }; extrinsics: string[] } } | null>("chain_getBlock", [hash]);
export const chainName = () => request<string>("system_chain", []);
export const chainType = () => request<string>("system_chainType", []);
export const genesisHash = () => request<Hash>("chainSpec_v1_genesisHash", []);

/** Codes of errors that say that something is not there. */
export const UNKNOWN = new Set([-32101, -32102, -32103, -32109]);
