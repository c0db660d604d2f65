//! What stewards and admins keep, on one page.

use serde::Serialize;

use crate::Page;
use crate::parts::Link;

/// `/admin`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Admin {
    /// What this visitor may open.
    pub rooms: Vec<Room>,
}

/// A page below it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Room {
    /// Its name and address.
    pub link: Link,
    /// What is done there, one sentence.
    pub about: String,
}

impl Page for Admin {
    const TEMPLATE: &'static str = "admin.html";

    fn sample() -> Vec<Self> {
        let room = |name: &str, href: &str, about: &str| Room { link: Link::new(name, href), about: about.into() };
        let rooms = vec![
            room("Members", "/admin/members", "Who is here, and what they may do."),
            room("Publishing", "/admin/publishing", "The stop switch, and where releases go."),
        ];
        let lone = rooms.iter().take(1).cloned().collect();
        vec![Self { rooms }, Self { rooms: lone }]
    }
}
