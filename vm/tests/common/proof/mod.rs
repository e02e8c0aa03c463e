//! What the proofs of the machine are made with: modules taken apart and put together, commands around any module,
//! engines whose insides can be looked at, and a second, naive reading of the machine's rules.
#![allow(dead_code, reason = "each test uses its part")]

pub(crate) mod bombs;
pub(crate) mod command;
pub(crate) mod draft;
pub(crate) mod generate;
pub(crate) mod hunt;
pub(crate) mod judge;
pub(crate) mod machines;
pub(crate) mod oracle;
pub(crate) mod reduce;
pub(crate) mod value;
