//! A bounded number of requests under way at each host.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::HOSTS_MAX;

/// The places at each host.
#[derive(Debug)]
pub(crate) struct Hosts {
    places: usize,
    by_host: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Hosts {
    pub(crate) fn new(places: usize) -> Self {
        Self { places: places.min(Semaphore::MAX_PERMITS), by_host: Mutex::default() }
    }
    /// Waits for a place at `host`; it is free again when what comes back is dropped.
    pub(crate) async fn place(&self, host: &str) -> OwnedSemaphorePermit {
        let semaphore = self.semaphore(host);
        semaphore.acquire_owned().await.expect("these semaphores are never closed")
    }
    /// How many hosts are remembered.
    #[cfg(test)]
    pub(crate) fn known(&self) -> usize {
        self.by_host.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
    fn semaphore(&self, host: &str) -> Arc<Semaphore> {
        let mut by_host = self.by_host.lock().unwrap_or_else(PoisonError::into_inner);
        if by_host.len() >= HOSTS_MAX && !by_host.contains_key(host) {
            // Whoever waits or works at a host holds its counter, so only idle hosts go.
            by_host.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        }
        let fresh = || Arc::new(Semaphore::new(self.places));
        Arc::clone(by_host.entry(host.to_owned()).or_insert_with(fresh))
    }
}
