//! What `assay` does, a file per command.

pub(crate) mod account;
pub(crate) mod auditor;
mod contest;
mod funds;
pub(crate) mod job;
mod job_accept;
mod job_cancel;
mod job_certificate;
mod job_challenge;
mod job_check;
mod job_demand;
mod job_fetch;
mod job_list;
mod job_post;
mod job_report;
mod job_status;
mod job_watch;
pub(crate) mod node;
pub(crate) mod program;
mod program_check;
mod program_run;
pub(crate) mod validator;
pub(crate) mod verify;
