//! Faults that take minutes to pass, and are not part of every test: `make faults`.

mod many;
mod partition;
mod skew;
