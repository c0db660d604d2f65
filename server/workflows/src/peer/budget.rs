//! How much one of many may ask of us: a token bucket for each name, on the instance's clock, in bounded memory.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use moka::sync::Cache;
use vetmoot_domain::Timestamp;

use crate::actor::{Bucket, network};

/// Buckets by name; one that was not used for long begins anew.
#[derive(Debug)]
pub struct Budgets {
    buckets: Cache<String, Arc<Mutex<Bucket>>>,
    burst: i64,
    each_ms: i64,
}

impl Budgets {
    /// `burst` at once and one more every `each_ms`, for at most `names_max` names at a time.
    pub fn new(burst: i64, each_ms: i64, names_max: u64) -> Self {
        Self { buckets: Cache::new(names_max), burst, each_ms }
    }
    /// Takes one; otherwise the milliseconds after which there is one again.
    pub fn take(&self, name: &str, now: Timestamp) -> Result<(), i64> {
        self.of(name).lock().unwrap_or_else(PoisonError::into_inner).take(self.burst, self.each_ms, now)
    }
    /// Takes so many, into debt where fewer are left; nothing where none is.
    pub fn spend(&self, name: &str, count: i64, now: Timestamp) -> Result<(), i64> {
        self.of(name).lock().unwrap_or_else(PoisonError::into_inner).spend(count, self.burst, self.each_ms, now)
    }
    /// Whether there is one, without taking it; otherwise the milliseconds after which there is.
    pub fn has(&self, name: &str, now: Timestamp) -> Result<(), i64> {
        let Some(bucket) = self.buckets.get(name) else { return Ok(()) };
        let mut copy = *bucket.lock().unwrap_or_else(PoisonError::into_inner);
        copy.take(self.burst, self.each_ms, now)
    }
    /// The name an address is counted under: whoever has one address of IPv6 has the 2^64 beside it.
    pub fn name_of(client: Option<IpAddr>) -> String {
        client.map_or_else(String::new, |client| network(client).to_string())
    }

    fn of(&self, name: &str) -> Arc<Mutex<Bucket>> {
        if let Some(known) = self.buckets.get(name) {
            return known;
        }
        let fresh = || Arc::new(Mutex::new(Bucket { tokens: self.burst, at: None }));
        self.buckets.get_with(name.to_owned(), fresh)
    }
}
