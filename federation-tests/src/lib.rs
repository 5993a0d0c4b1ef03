//! Tests across instances, over real sockets; they are in `tests/all`, and this library is empty.
