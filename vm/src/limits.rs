//! How large a program may be, counted before any of it reaches a compiler.
//!
//! They keep the compiler's time and memory in proportion to the module: register allocation is quadratic in places,
//! so a small file could otherwise keep a worker busy for hours. They belong to the version of the machine.

/// Bytes of a module: 4 MiB.
pub const MAX_PROGRAM_BYTES: usize = 4 << 20;
/// Bytes of one task's standard input: 256 MiB.
pub const MAX_INPUT_BYTES: usize = 256 << 20;
/// Function types.
pub const MAX_TYPES: u32 = 4_096;
/// Parameters of one function.
pub const MAX_PARAMETERS: usize = 128;
/// Results of one function.
pub const MAX_RESULTS: usize = 32;
/// Imported functions. The same one may be imported more than once.
pub const MAX_IMPORTS: u32 = 256;
/// Functions the module defines.
pub const MAX_FUNCTIONS: u32 = 20_000;
/// Global variables.
pub const MAX_GLOBALS: u32 = 1_000;
/// Exports.
pub const MAX_EXPORTS: u32 = 4_096;
/// Entries of the table.
pub const MAX_TABLE_ENTRIES: u64 = 16_384;
/// Element segments.
pub const MAX_ELEMENT_SEGMENTS: u32 = 10_000;
/// Data segments.
pub const MAX_DATA_SEGMENTS: u32 = 10_000;
/// Bytes of one function's body, its declarations of locals included: 128 KiB.
pub const MAX_BODY_BYTES: usize = 128 << 10;
/// Local variables of one function, its parameters included.
pub const MAX_LOCALS: u64 = 2_000;
/// Targets of one `br_table`, the default apart.
pub const MAX_BR_TABLE_TARGETS: u32 = 1_024;
/// Blocks open at once in one function, its body included.
pub const MAX_NESTING: u32 = 1_024;
/// Branches times locals of one function: what the compiler may have to carry over the edges of its flow graph.
///
/// Measured: 200 000 take a compiler about two seconds at worst, and it gets worse faster than the number grows. The
/// busiest function of a real program of 2.5 MB has 38 000, the whole program 850 000.
pub const MAX_FUNCTION_FLOW: u64 = 500_000;
/// The same, summed over the module.
pub const MAX_MODULE_FLOW: u64 = 4_000_000;

/// Bytes of one function's body once rewritten: 1 MiB.
pub const MAX_REWRITTEN_BODY_BYTES: usize = 1 << 20;
/// Bytes of a module once rewritten: 32 MiB.
pub const MAX_REWRITTEN_BYTES: usize = 32 << 20;

/// Units of stack a task has, see "The machine, version 1".
pub const STACK_UNITS: i64 = 1 << 20;
/// Bytes of standard error kept for people to look at: the last 64 KiB.
pub const STDERR_TAIL_BYTES: usize = 64 << 10;

/// Fuel for any call to the host, beyond the instruction itself.
pub const HOST_CALL_FUEL: u64 = 256;
/// Fuel for each byte a call to the host moves.
pub const HOST_BYTE_FUEL: u64 = 1;
/// Buffers one `fd_read` or `fd_write` may name.
pub const MAX_IO_VECTORS: u32 = 1_024;
