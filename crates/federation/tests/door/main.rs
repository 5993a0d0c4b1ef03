//! The door over real sockets: an instance in this process, on a database of its own, and another server played by the
//! test. Jobs are run by the test, one after the other, so that nothing has to be waited for.

// What is below `cfg(test)` may unwrap.
#![cfg(test)]

mod doors;
mod edits;
mod emojis;
mod flags;
mod forwarded;
mod given;
mod going;
mod inwards;
mod leave;
mod moved;
mod moving;
mod outwards;
mod policy;
mod polls;
mod quotes;
mod relations;
mod relays;
mod shown;
mod signed;
mod silent;
mod synchronised;
mod undone;
