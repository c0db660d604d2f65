//! The doctor: what is well on this instance, what is not, and how to mend it.

use serde::Serialize;

use crate::Page;
use crate::parts::When;
use crate::samples::{HOSTILE, when};

/// `/admin/doctor`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Doctor {
    /// When the checks ran.
    pub ran: When,
    /// The checks, failures first.
    pub checks: Vec<DoctorRow>,
    /// Where the page itself is, to look again.
    pub again_href: String,
}

/// One check.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DoctorRow {
    /// What was looked at: "Clock".
    pub name: String,
    /// How it is.
    pub outcome: Outcome,
    /// What was found, one sentence.
    pub found: String,
    /// The exact line or command that mends it.
    pub fix: Option<String>,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// All is well.
    #[default]
    Ok,
    /// It works, but not as it should.
    Warn,
    /// It does not work.
    Fail,
}

impl Page for Doctor {
    const TEMPLATE: &'static str = "doctor.html";

    fn sample() -> Vec<Self> {
        let row = |name: &str, outcome, found: &str, fix: Option<&str>| DoctorRow {
            name: name.into(),
            outcome,
            found: found.into(),
            fix: fix.map(str::to_owned),
        };
        let well = vec![
            row("Database", Outcome::Ok, "SQLite answers in 0.2 ms.", None),
            row("Clock", Outcome::Ok, "It agrees with the upstreams within a second.", None),
        ];
        let warned = [
            vec![row(
                "Domain",
                Outcome::Warn,
                "None is set; this is a trial.",
                Some("vetmoot-server admin domain set vet.example"),
            )],
            well.clone(),
        ]
        .concat();
        let failed = [
            vec![row("npm upstream", Outcome::Fail, HOSTILE, Some("vetmoot-server serve --upstream npm=https://npm.example"))],
            warned.clone(),
        ]
        .concat();
        [failed, warned, well, Vec::new()]
            .map(|checks| Self { ran: when("just now"), checks, again_href: "/admin/doctor".into() })
            .to_vec()
    }
}
