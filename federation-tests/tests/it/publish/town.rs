//! A community in front of an official index that must hear nothing, with one who hands in and one who leads.

use vetmoot_tests::instance::{Instance, Plan};
use vetmoot_tests::upstream::server::{Reply, Server};

use super::{Person, person};

/// The part of a town that is the same for every ecosystem.
pub struct Community {
    pub official: Server,
    pub instance: Instance,
    pub ada: Person,
    pub grace: Person,
}

impl Community {
    /// Starts one that takes releases of an ecosystem from this upstream.
    pub fn start(plan: Plan, ecosystem: &str, upstream: &str) -> Self {
        let official = Server::start(Box::new(|_| Reply::not_found()));
        let target = format!("VETMOOT__PUBLISH__{}", ecosystem.to_ascii_uppercase());
        let instance = plan.upstream(ecosystem, upstream).env(&target, &official.url()).start();
        let ada = person(&instance, "ada", &["auditor"], None);
        let grace = person(&instance, "grace", &["lead"], None);
        Self { official, instance, ada, grace }
    }

    /// Nothing was sent to the official index.
    #[track_caller]
    pub fn nothing_is_official(&self) {
        let sent: Vec<_> = self.official.seen().into_iter().filter(|seen| seen.method != "GET").collect();
        assert_eq!(sent, [], "the official index was sent something");
    }
}
