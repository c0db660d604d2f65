//! What the instance counts, for the operator.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

/// The counters of the workflows.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Requests sent to upstream indexes.
    pub upstream_requests: Counter,
    /// Listings served stale because upstream did not answer.
    pub stale_listings: Counter,
    /// Artifacts handed out.
    pub artifacts_served: Counter,
    /// Artifacts refused by a policy.
    pub artifacts_refused: Counter,
    /// Listings answered with 304.
    pub not_modified: Counter,
    /// Listings answered with a body.
    pub listings_served: Counter,
    /// Upstream files that changed under their name.
    pub incidents: Counter,
}

impl Metrics {
    /// Makes the counters known to the registry that `/metrics` reads.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("vetmoot_upstream_requests", "Requests sent to upstream indexes", self.upstream_requests.clone());
        registry.register("vetmoot_stale_listings", "Listings served stale", self.stale_listings.clone());
        registry.register("vetmoot_artifacts_served", "Artifacts handed out", self.artifacts_served.clone());
        registry.register("vetmoot_artifacts_refused", "Artifacts refused by a policy", self.artifacts_refused.clone());
        registry.register("vetmoot_listings_not_modified", "Listings answered with 304", self.not_modified.clone());
        registry.register("vetmoot_listings_served", "Listings answered with a body", self.listings_served.clone());
        registry.register("vetmoot_incidents", "Upstream files that changed under their name", self.incidents.clone());
    }
}
