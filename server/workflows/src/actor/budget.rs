//! The budget of look-ups of what nobody asked for before, so that strangers mint neither actors nor upstream traffic.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use moka::sync::Cache;
use vetmoot_domain::Timestamp;

use crate::limits::{
    LOOK_UP_CLIENTS_MAX, LOOK_UPS_BURST, LOOK_UPS_EACH_MS, LOOK_UPS_PER_CLIENT_BURST, LOOK_UPS_PER_CLIENT_EACH_MS,
};

/// Token buckets on the instance's clock: one a client, one for all of them together.
#[derive(Debug)]
pub struct Budget {
    clients: Cache<IpAddr, Arc<Mutex<Bucket>>>,
    all: Mutex<Bucket>,
}

/// A bucket: what is left of it, and since when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    pub(crate) tokens: i64,
    pub(crate) at: Option<Timestamp>,
}

impl Default for Budget {
    fn default() -> Self {
        // What falls out of the cache begins anew; the bucket of all of them still holds.
        Self { clients: Cache::new(LOOK_UP_CLIENTS_MAX), all: Mutex::new(Bucket { tokens: LOOK_UPS_BURST, at: None }) }
    }
}

impl Budget {
    /// Takes one look-up; otherwise the milliseconds after which the next one is there.
    pub fn take(&self, client: Option<IpAddr>, now: Timestamp) -> Result<(), i64> {
        if let Some(client) = client {
            let fresh = || Arc::new(Mutex::new(Bucket { tokens: LOOK_UPS_PER_CLIENT_BURST, at: None }));
            let bucket = self.clients.get_with(network(client), fresh);
            let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
            bucket.take(LOOK_UPS_PER_CLIENT_BURST, LOOK_UPS_PER_CLIENT_EACH_MS, now)?;
        }
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.take(LOOK_UPS_BURST, LOOK_UPS_EACH_MS, now)
    }
}

impl Bucket {
    pub(crate) fn take(&mut self, burst: i64, each_ms: i64, now: Timestamp) -> Result<(), i64> {
        self.spend(1, burst, each_ms, now)
    }

    /// Takes several at once, into debt where there are fewer: what was done is paid for, and the next one waits longer.
    pub(crate) fn spend(&mut self, count: i64, burst: i64, each_ms: i64, now: Timestamp) -> Result<(), i64> {
        let since = self.at.map_or(0, |at| now.millis().saturating_sub(at.millis()).max(0));
        let gained = since / each_ms;
        if gained > 0 || self.at.is_none() {
            self.tokens = self.tokens.saturating_add(gained).min(burst);
            // What is over counts towards the next one.
            self.at = Some(Timestamp::from_millis(now.millis() - since % each_ms));
        }
        if self.tokens < 1 {
            return Err((1 - self.tokens).saturating_mul(each_ms) - since % each_ms);
        }
        self.tokens = self.tokens.saturating_sub(count);
        Ok(())
    }
}

/// The network a client is counted by: whoever has one address of IPv6 has the 2^64 beside it.
pub(crate) fn network(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => IpAddr::V4(mapped),
            None => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + ms)
    }

    fn drain(budget: &Budget, client: &str, now: Timestamp) -> i64 {
        let client = client.parse().unwrap();
        (0..).find(|_| budget.take(Some(client), now).is_err()).unwrap()
    }

    #[test]
    fn a_client_has_a_burst_and_then_one_at_a_time() {
        let budget = Budget::default();
        assert_eq!(drain(&budget, "192.0.2.1", at(0)), LOOK_UPS_PER_CLIENT_BURST);
        assert_eq!(drain(&budget, "192.0.2.1", at(LOOK_UPS_PER_CLIENT_EACH_MS - 1)), 0);
        assert_eq!(drain(&budget, "192.0.2.1", at(LOOK_UPS_PER_CLIENT_EACH_MS)), 1);
        assert_eq!(drain(&budget, "192.0.2.2", at(LOOK_UPS_PER_CLIENT_EACH_MS)), LOOK_UPS_PER_CLIENT_BURST);
    }

    #[test]
    fn addresses_of_one_network_share_a_bucket() {
        let budget = Budget::default();
        assert_eq!(drain(&budget, "2001:db8:1:2::1", at(0)), LOOK_UPS_PER_CLIENT_BURST);
        assert_eq!(drain(&budget, "2001:db8:1:2:ffff::9", at(0)), 0);
        assert_eq!(drain(&budget, "192.0.2.7", at(0)), LOOK_UPS_PER_CLIENT_BURST);
        assert_eq!(drain(&budget, "::ffff:192.0.2.7", at(0)), 0, "the same client by its mapped address");
    }

    #[test]
    fn many_clients_together_have_a_budget_too() {
        let budget = Budget::default();
        let taken: i64 = (0..200).map(|n| drain(&budget, &format!("198.51.100.{n}"), at(0))).sum();
        assert_eq!(taken, LOOK_UPS_BURST);
        let wait = budget.take(Some("203.0.113.1".parse().unwrap()), at(0)).unwrap_err();
        assert!(wait > 0 && wait <= LOOK_UPS_EACH_MS, "{wait}");
    }

    #[test]
    fn a_clock_set_back_gives_nothing_and_takes_nothing() {
        let budget = Budget::default();
        assert_eq!(drain(&budget, "192.0.2.1", at(0)), LOOK_UPS_PER_CLIENT_BURST);
        assert_eq!(drain(&budget, "192.0.2.1", at(-60_000)), 0);
    }
}
