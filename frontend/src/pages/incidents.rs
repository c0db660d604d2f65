//! Incidents: artifacts whose bytes changed under the same name.

use serde::Serialize;

use crate::Page;
use crate::parts::{Link, Pager, When};
use crate::samples::{LONG, SHA256, SHA256_B, when};

/// `/admin/incidents`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Incidents {
    /// Incidents, newest first.
    pub rows: Vec<Incident>,
    /// The rest of them.
    pub pager: Pager,
}

/// One artifact that came with other bytes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Incident {
    /// The artifact, linked to its release.
    pub artifact: Link,
    /// The digest that was seen first and is pinned.
    pub pinned: String,
    /// When that was.
    pub first_seen: When,
    /// The digest that came later and is refused.
    pub offered: String,
    /// When that was.
    pub seen: When,
    /// Who offered it: the host, or the index.
    pub source: String,
    /// What is served meanwhile, one sentence.
    pub effect: String,
}

impl Page for Incidents {
    const TEMPLATE: &'static str = "incidents.html";

    fn sample() -> Vec<Self> {
        let incident = Incident {
            artifact: Link::new("serde-1.0.219.crate", "/releases/pkg:cargo/serde@1.0.219"),
            pinned: SHA256.into(),
            first_seen: when("3 weeks ago"),
            offered: SHA256_B.into(),
            seen: when("an hour ago"),
            source: "index.example".into(),
            effect: "The first bytes are stored here and go on being served.".into(),
        };
        let long = Incident { artifact: Link::new(LONG, "/releases/x"), ..incident.clone() };
        vec![
            Self {
                rows: vec![incident, long],
                pager: Pager { shown: 2, total: Some(3), previous: None, next: Some("?after=2".into()) },
            },
            Self::default(),
        ]
    }
}
