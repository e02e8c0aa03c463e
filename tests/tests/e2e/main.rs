//! End-to-end tests against real processes. One executable, so that tests that wait for their chains wait together.

mod bad_input;
mod blob_exchange;
mod blob_line;
mod certificate;
mod contested;
mod crash;
mod disk;
mod falsified;
mod faults;
mod full_pool;
mod hostile_auditors;
mod hostile_rpc;
mod hostile_workers;
mod keystores;
mod leaving;
mod lying_auditor;
mod main_job;
mod map;
mod openrpc;
mod operations;
mod public_network;
mod rpc_surface;
mod throughput;
mod validators;
mod withholding;
mod worker_service;
