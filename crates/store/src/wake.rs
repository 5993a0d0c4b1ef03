//! Wake-ups for queues: hints that there may be work. Losing one costs a tick of waiting, never a job.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

/// One bell per queue.
#[derive(Debug, Clone, Default)]
pub struct Wakers(Arc<Mutex<HashMap<String, Arc<Notify>>>>);

impl Wakers {
    /// The bell of a queue. It keeps one ring for a listener who comes late.
    pub fn bell(&self, queue: &str) -> Arc<Notify> {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bells.entry(queue.to_owned()).or_default().clone()
    }

    /// Rings the bell of a queue.
    pub fn ring(&self, queue: &str) {
        self.bell(queue).notify_one();
    }

    /// Rings every bell.
    pub fn ring_all(&self) {
        let bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for bell in bells.values() {
            bell.notify_one();
        }
    }
}
