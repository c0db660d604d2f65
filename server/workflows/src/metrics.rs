//! What the instance counts, for the operator.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
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
    /// Deliveries other servers took.
    pub deliveries_sent: Counter,
    /// Tries of deliveries that are to be repeated.
    pub deliveries_retried: Counter,
    /// Deliveries given up, each with a reason in its ledger.
    pub deliveries_gone: Counter,
    /// Deliveries that wait, as last counted.
    pub deliveries_waiting: Gauge,
    /// Transactions that made messages durable.
    pub inbox_commits: Counter,
    /// What became of messages at the door: `accepted`, `seen`, `passed-over`, or the code of the refusal.
    pub inbox_messages: Family<[(&'static str, &'static str); 1], Counter>,
    /// What became of messages that were applied, by the word of the outcome.
    pub inbox_applied: Family<[(&'static str, &'static str); 1], Counter>,
    /// What became of statements of followed communities: `new`, `known`, `equivocation`, `later`, or the code of the refusal.
    pub statements_taken: Family<[(&'static str, &'static str); 1], Counter>,
    /// Documents and keys fetched from other servers: `fetched`, or the code of the problem.
    pub peer_fetches: Family<[(&'static str, &'static str); 1], Counter>,
}

impl Metrics {
    /// Counts a message at the door of the inbox.
    pub fn count_message(&self, outcome: &'static str) {
        self.inbox_messages.get_or_create(&[("outcome", outcome)]).inc();
    }
    /// Counts an item that was applied.
    pub fn count_applied(&self, outcome: &'static str) {
        self.inbox_applied.get_or_create(&[("outcome", outcome)]).inc();
    }
    /// How often each of these outcomes became of an item that was applied, since this process began.
    pub fn applied(&self, outcomes: &[&'static str]) -> Vec<(&'static str, u64)> {
        let count = |outcome: &&'static str| (*outcome, self.inbox_applied.get_or_create(&[("outcome", *outcome)]).get());
        outcomes.iter().map(count).collect()
    }
    /// Counts a statement of a followed community.
    pub fn count_statement(&self, outcome: &'static str) {
        self.statements_taken.get_or_create(&[("outcome", outcome)]).inc();
    }
    /// Counts a fetch from another server.
    pub fn count_fetch(&self, outcome: &'static str) {
        self.peer_fetches.get_or_create(&[("outcome", outcome)]).inc();
    }
    /// Makes the counters known to the registry that `/metrics` reads.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("vetmoot_inbox_commits", "Transactions that made messages durable", self.inbox_commits.clone());
        registry.register(
            "vetmoot_inbox_messages",
            "Messages of other servers by what became of them",
            self.inbox_messages.clone(),
        );
        registry.register("vetmoot_inbox_applied", "Messages applied, by outcome", self.inbox_applied.clone());
        registry.register(
            "vetmoot_statements",
            "Statements of followed communities, by outcome",
            self.statements_taken.clone(),
        );
        registry.register("vetmoot_peer_fetches", "Fetches from other servers, by outcome", self.peer_fetches.clone());
        registry.register("vetmoot_upstream_requests", "Requests sent to upstream indexes", self.upstream_requests.clone());
        registry.register("vetmoot_stale_listings", "Listings served stale", self.stale_listings.clone());
        registry.register("vetmoot_artifacts_served", "Artifacts handed out", self.artifacts_served.clone());
        registry.register("vetmoot_artifacts_refused", "Artifacts refused by a policy", self.artifacts_refused.clone());
        registry.register("vetmoot_listings_not_modified", "Listings answered with 304", self.not_modified.clone());
        registry.register("vetmoot_listings_served", "Listings answered with a body", self.listings_served.clone());
        registry.register("vetmoot_incidents", "Upstream files that changed under their name", self.incidents.clone());
        registry.register("vetmoot_deliveries_sent", "Deliveries other servers took", self.deliveries_sent.clone());
        registry.register("vetmoot_deliveries_retried", "Tries of deliveries to be repeated", self.deliveries_retried.clone());
        registry.register("vetmoot_deliveries_gone", "Deliveries given up", self.deliveries_gone.clone());
        registry.register("vetmoot_deliveries_waiting", "Deliveries that wait", self.deliveries_waiting.clone());
    }
}
