//! End-to-end tests against real processes. One executable, so that tests that wait for their chains wait together.

mod bad_input;
mod blob_exchange;
mod certificate;
mod contested;
mod crash;
mod falsified;
mod keystores;
mod main_job;
mod map;
mod rpc_surface;
mod throughput;
mod validators;
