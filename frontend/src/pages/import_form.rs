//! The form that adds an import.

use serde::Serialize;

use crate::Page;
use crate::parts::{Choice, Field, Problem};
use crate::samples::{HOSTILE, choice};

/// `/imports/new`. Posts `kind`, `name`, `location`, `schedule`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ImportForm {
    /// Where it posts to.
    pub action: String,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// `cargo-vet`, `osv`.
    pub kinds: Vec<Choice>,
    /// Name it is known by here and in policies.
    pub name: Field,
    /// Address of the feed.
    pub location: Field,
    /// `once`, `hourly`, `daily`.
    pub schedules: Vec<Choice>,
}

impl Page for ImportForm {
    const TEMPLATE: &'static str = "import_form.html";

    fn sample() -> Vec<Self> {
        let blank = Self {
            action: "/imports/new".into(),
            kinds: vec![
                choice("cargo-vet", "cargo-vet feed", "audits.toml of another community", true),
                choice("osv", "OSV", "advisories", false),
            ],
            schedules: vec![choice("once", "once", "", false), choice("daily", "every day", "", true)],
            ..Self::default()
        };
        let wrong = Self {
            problems: vec![Problem { field: "location".into(), text: "The address could not be read.".into() }],
            name: Field::of("masters"),
            location: Field::wrong(HOSTILE, "This is no https address. Begin it with https://."),
            ..blank.clone()
        };
        vec![blank, wrong]
    }
}
