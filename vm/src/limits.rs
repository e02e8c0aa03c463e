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
/// Parameters and results of all function types together: a compiler makes a way from and to the host for each.
pub const MAX_TYPE_VALUES: u64 = 65_536;
/// Parameters and results of all functions that the module defines. An engine may make a way from the host for each.
pub const MAX_SIGNATURE_VALUES: u64 = 131_072;
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
pub const MAX_DATA_SEGMENTS: u32 = 50_000;
/// Bytes of one function's body, its declarations of locals included: 256 KiB.
pub const MAX_BODY_BYTES: usize = 256 << 10;
/// Local variables of one function, its parameters included.
pub const MAX_LOCALS: u64 = 2_000;
/// Targets of one `br_table`, the default apart.
pub const MAX_BR_TABLE_TARGETS: u32 = 1_024;
/// Blocks open at once in one function, its body included.
pub const MAX_NESTING: u32 = 1_024;
/// Loops of one function. A compiler takes four times as long for twice as many.
pub const MAX_LOOPS: u64 = 2_000;
/// Operands of one function at any time.
pub const MAX_OPERANDS: u32 = 8_192;
/// Conditional branches, loops and constants of one function. The interpreter has 32 767 names for constants in each,
/// and one for every branch that goes far.
pub const MAX_BRANCHES_AND_CONSTANTS: u64 = 30_000;
/// Operands that all instructions of one function push together, see "Stack" in the crate's documentation. A compiler may
/// have to find a place for each, and takes more than twice as long for twice as many.
pub const MAX_PUSHED: u64 = 65_536;
/// The squares of these numbers, summed over the module: two functions at the limit, or more smaller ones.
pub const MAX_PUSHED_SQUARES: u64 = 2 * MAX_PUSHED * MAX_PUSHED;
/// Results that the instructions of one function compute or load, squared and summed over the module: all results of live
/// instructions but those of calls, constants, `local.get`, `local.tee`, `global.get`, `memory.size` and `memory.grow`; a
/// constant vector counts. A compiler keeps such a result, if the same is computed again much later, and the values it
/// keeps are in the way of each other.
pub const MAX_COMPUTED_SQUARES: u64 = 800_000_000;
/// Values that the branches of one function may carry: what a compiler may have to move along the edges of its flow
/// graph. Each `block`, `if`, `else`, `br`, `br_if` and target of a `br_table` counts one, and all locals and operands there
/// are at that point; a block its results as well. A `loop` counts eight times that for each loop that is open, itself
/// included.
pub const MAX_FUNCTION_FLOW: u64 = 2_000_000;
/// The same, summed over the module.
pub const MAX_MODULE_FLOW: u64 = 8_000_000;
/// Branches that meet, times the values that differ where they do, summed over the functions of the module. In each
/// function, two numbers are multiplied: how many branches and falls lead to the ends of blocks and the heads of loops that
/// have more than one, dead code included; and the same with each times the locals assigned in the block, the operands it
/// hands on, and one for the fuel. At the end of an `if` its two arms meet. Branches of one `br_table` to one label
/// count once.
pub const MAX_MODULE_MEETINGS: u64 = 2_000_000_000;

/// Bytes of one function's body once rewritten: 2 MiB.
pub const MAX_REWRITTEN_BODY_BYTES: usize = 2 << 20;
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
