// The host's side of a task, for the browser's own engine: what the machine's documentation says under "What the host
// answers", to the byte. A third implementation of it, beside those for the compiler and the interpreter.

export const HOST_MODULE = "wasi_snapshot_preview1";

const HOST_CALL_FUEL = 256n;
const MAX_IO_VECTORS = 1_024;
const STDERR_TAIL_BYTES = 64 << 10;
const CLOCKS = 4;

const SUCCESS = 0;
const BAD_DESCRIPTOR = 8;
const FAULT = 21;
const INVALID = 28;
const NOT_SUPPORTED = 52;
const NOT_SEEKABLE = 70;

/** Thrown through the program to end it. */
export class Halt extends Error {
	constructor(
		readonly kind: "exit" | "outOfFuel" | "outputTooLarge",
		readonly code = 0,
	) {
		super(kind);
	}
}

/** Thrown within a call, to give the program an error number. */
class Errno extends Error {
	constructor(readonly number: number) {
		super();
	}
}

export interface Machine {
	memory: WebAssembly.Memory;
	fuel: WebAssembly.Global<"i64">;
}

export interface TaskSide {
	index: number;
	input: Uint8Array;
	outputLimit: number;
	/** Bytes of the task's random stream. */
	random: (position: number, len: number) => Uint8Array;
}

type Arguments = (number | bigint)[];

export class Host {
	private position = 0;
	private randomPosition = 0;
	private written: Uint8Array[] = [];
	private outputLength = 0;
	private errors = new Uint8Array();
	private machine: Machine | undefined;

	constructor(private readonly task: TaskSide) {}

	/** Only after this can the program call. */
	attach(machine: Machine) {
		this.machine = machine;
	}

	output(): Uint8Array {
		return join(this.written, this.outputLength);
	}

	stderr(): Uint8Array {
		return this.errors;
	}

	/** The function that a program imports under this name. */
	function(name: string): (...values: Arguments) => number {
		const call = this.calls[name] ?? (() => fail(NOT_SUPPORTED));
		return (...values) => {
			this.charge(HOST_CALL_FUEL);
			try {
				call(values.map((value) => (typeof value === "bigint" ? 0 : value >>> 0)));
				return SUCCESS;
			} catch (error) {
				if (error instanceof Errno) return error.number;
				throw error;
			}
		};
	}

	private readonly calls: Record<string, (words: number[]) => void> = {
		args_sizes_get: ([count, size]) => this.writeAll([count, number32(2)], [size, number32(this.strings().length)]),
		args_get: ([pointers, buffer = 0]) => {
			const both = new Uint8Array(8);
			both.set(number32(buffer));
			both.set(number32((buffer + 5) >>> 0), 4);
			this.writeAll([pointers, both], [buffer, this.strings()]);
		},
		environ_sizes_get: ([count, size]) => this.writeAll([count, number32(0)], [size, number32(0)]),
		environ_get: () => undefined,
		clock_res_get: ([clock, result]) => this.clock(clock, result),
		clock_time_get: ([clock, , result]) => this.clock(clock, result),
		fd_close: ([descriptor]) => void stream(descriptor),
		fd_fdstat_get: ([descriptor, result]) => {
			const stat = new Uint8Array(24);
			stat[8] = stream(descriptor) === 0 ? 1 << 1 : 1 << 6;
			this.writeAll([result, stat]);
		},
		fd_prestat_get: () => fail(BAD_DESCRIPTOR),
		fd_prestat_dir_name: () => fail(BAD_DESCRIPTOR),
		fd_seek: ([descriptor]) => {
			stream(descriptor);
			fail(NOT_SEEKABLE);
		},
		fd_read: (words) => this.read(words),
		fd_write: (words) => this.write(words),
		proc_exit: ([code]) => {
			throw new Halt("exit", code);
		},
		random_get: ([address, len = 0]) => {
			const target = this.slice(address, len);
			this.charge(BigInt(len));
			for (let at = 0; at < len; at += 1 << 20) {
				const piece = Math.min(1 << 20, len - at);
				target.set(this.task.random(this.randomPosition, piece), at);
				this.randomPosition += piece;
			}
		},
	};

	private strings(): Uint8Array {
		return new TextEncoder().encode(`task\0${this.task.index}\0`);
	}

	private get attached(): Machine {
		if (!this.machine) throw new Error("the program called before it was there");
		return this.machine;
	}

	private charge(cost: bigint) {
		const { fuel } = this.attached;
		fuel.value -= cost;
		if (fuel.value < 0n) throw new Halt("outOfFuel");
	}

	/** Views do not outlive a growth of the memory, so each call makes its own. */
	private slice(address = 0, len = 0): Uint8Array {
		const { buffer } = this.attached.memory;
		if (address + len > buffer.byteLength) fail(FAULT);
		return new Uint8Array(buffer, address, len);
	}

	private word(address: number): number {
		const bytes = this.slice(address, 4);
		return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
	}

	private writeAll(...values: [address: number | undefined, bytes: Uint8Array][]) {
		let all = 0;
		for (const [address, bytes] of values) {
			this.slice(address, bytes.length);
			all += bytes.length;
		}
		this.charge(BigInt(all));
		for (const [address, bytes] of values) this.slice(address, bytes.length).set(bytes);
	}

	private clock(clock = 0, result = 0) {
		if (clock >= CLOCKS) fail(INVALID);
		this.writeAll([result, new Uint8Array(8)]);
	}

	private vectors([, address = 0, count = 0, result = 0]: number[]): { vectors: [number, number][]; total: number } {
		if (count > MAX_IO_VECTORS) fail(INVALID);
		this.slice(address, count * 8);
		this.slice(result, 4);
		this.charge(BigInt(count) * 8n);
		const vectors: [number, number][] = [];
		let total = 0;
		for (let at = 0; at < count; at++) {
			const [start, len] = [this.word(address + at * 8), this.word(address + at * 8 + 4)];
			this.slice(start, len);
			total += len;
			if (total > 0xffffffff) fail(INVALID);
			vectors.push([start, len]);
		}
		return { vectors, total };
	}

	private read(words: number[]) {
		if (words[0] !== 0) fail(BAD_DESCRIPTOR);
		const { vectors, total } = this.vectors(words);
		const { input } = this.task;
		const read = Math.min(input.length - this.position, total);
		this.charge(BigInt(read));
		for (const [address, len] of vectors) {
			const piece = input.subarray(this.position, this.position + len);
			this.slice(address, len).set(piece);
			this.position += piece.length;
		}
		this.slice(words[3], 4).set(number32(read));
	}

	private write(words: number[]) {
		const descriptor = words[0];
		if (descriptor !== 1 && descriptor !== 2) fail(BAD_DESCRIPTOR);
		const { vectors, total } = this.vectors(words);
		this.charge(BigInt(total));
		for (const [address, len] of vectors) {
			const bytes = this.slice(address, len).slice();
			if (descriptor === 2) {
				this.errors = join([this.errors, bytes], this.errors.length + len).slice(-STDERR_TAIL_BYTES);
				continue;
			}
			if (this.outputLength + len > this.task.outputLimit) throw new Halt("outputTooLarge");
			this.written.push(bytes);
			this.outputLength += len;
		}
		this.slice(words[3], 4).set(number32(total));
	}
}

function fail(number: number): never {
	throw new Errno(number);
}

function stream(descriptor = 0): number {
	if (descriptor > 2) fail(BAD_DESCRIPTOR);
	return descriptor;
}

function number32(value: number): Uint8Array {
	const bytes = new Uint8Array(4);
	new DataView(bytes.buffer).setUint32(0, value, true);
	return bytes;
}

function join(parts: Uint8Array[], length: number): Uint8Array {
	const all = new Uint8Array(length);
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
}
