//! The door for queued jobs.
//!
//! Owns the runtime that takes jobs out of the store's queues and hands them to handlers ([`queues`]), and the handlers,
//! one file per queue, which call use cases of `service` and `federation` and answer with an
//! [`Outcome`](queues::Outcome). It must never hold SQL or rules of its own, and never lose an outcome: a job that was
//! claimed is finished, asked for again, given up with a reason, or handed back.
//!
//! Start reading at [`work`], which says what there is to do, then at [`queues`], which says how it is done.

pub mod backoff;
pub mod deliver;
pub mod fan_out;
pub mod ingest;
pub mod lanes;
pub mod queues;
pub mod read;
pub mod upkeep;

pub mod work;

pub use work::runtime;
