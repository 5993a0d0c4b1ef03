//! The runtime of the queues, on both databases: everything is done, once where nothing dies, in order where
//! order counts, and whatever dies is found again.

// What is below `cfg(test)` may unwrap.
#![cfg(test)]

/// Makes a test on SQLite and one on PostgreSQL out of each function, which takes a [`place::Place`].
macro_rules! both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::place::Place::sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::place::Place::postgres().await).await;
            })+
        }
    };
}

mod child;
mod failing;
mod killed;
mod outage;
mod place;
mod running;
