//! All tests that look at the project from outside, as one program: one link step instead of many.

// Lints about panics spare what stands below `cfg(test)`.
#[cfg(test)]
mod layers;
