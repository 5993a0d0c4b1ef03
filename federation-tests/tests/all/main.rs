//! All tests that look at the project from outside, as one program: one link step instead of many.

// Lints about panics spare what stands below `cfg(test)`.
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod client_api;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod fedify;
#[cfg(test)]
mod hidden;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod quiet_log;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod streaming;
#[cfg(test)]
mod threats;
#[cfg(test)]
mod vocabulary;
#[cfg(test)]
mod written_results;
