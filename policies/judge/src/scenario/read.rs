//! Reading a test: `name`, `given` and `expect`.

use toml::de::DeTable;
use vetmoot_domain::{AdvisoryKind, Artifact, CriterionName, Organisation, Publisher, Span, Timestamp, Use, Version};

use super::{Expect, Given, GivenAdvisory, GivenAudit, Lasting, Named, Published, Scenario, Source};
use crate::errors::PolicyErrors;
use crate::read::cursor::{Errors, Table, parsed};

/// The moment of a test that names none.
const NOW: &str = "2026-11-20T12:00:00Z";
/// The artifact of a test that names none.
const PURL: &str = "pkg:cargo/example@1.0.0";

/// Reads a case file.
pub(super) fn read_case(text: &str) -> Result<Scenario, PolicyErrors> {
    let errors = Errors::new(text);
    let (document, broken) = DeTable::parse_recoverable(text);
    for error in broken {
        errors.add("toml-syntax", &error.span().unwrap_or(0..0), error.message());
    }
    let root = Table::root(document.get_ref(), &errors);
    match read_test(&root) {
        Some(scenario) if errors.is_empty() => Ok(scenario),
        _ => Err(PolicyErrors(errors.into_found())),
    }
}

/// Reads one `[[test]]`.
pub(crate) fn read_test(table: &Table<'_, '_>) -> Option<Scenario> {
    let name = table.need_text("name").map(str::to_owned);
    table.need("given");
    table.need("expect");
    let given = table.table("given").and_then(|inner| given(&inner));
    let expect = table.table("expect").map(|inner| expect(&inner));
    table.finish();
    Some(Scenario { name: name?, given: given?, expect: expect? })
}

fn artifact(table: &Table<'_, '_>) -> Option<Artifact> {
    let text = table.text("purl").unwrap_or(PURL);
    let place = table.get("purl").map_or_else(|| table.span.clone(), toml::Spanned::span);
    parsed(text, &place, "bad-purl", table.errors())
}

fn given(table: &Table<'_, '_>) -> Option<Given> {
    let artifact = artifact(table);
    let special = table.choice("published", &[("first-sight", Published::FirstSight), ("unknown", Published::Unknown)]);
    let age = table.span_of_time("age");
    let now: Option<Timestamp> = match table.get("now") {
        Some(_) => table.word("now"),
        None => NOW.parse().ok(),
    };
    let digest = match table.get("digest") {
        Some(_) if table.text("digest") == Some("none") => Some(None),
        Some(_) => table.word("digest").map(Some),
        None => artifact.as_ref().map(|artifact| Some(super::build::digest_of(artifact.release.version.as_str()))),
    };
    let given = Given {
        usage: table.word::<Use>("use").unwrap_or(Use::Runtime),
        published: special.unwrap_or(Published::Ago(age.unwrap_or(Span::days(365)))),
        uploaded: table.span_of_time("uploaded-ago"),
        listed_before: table.flag("listed-before").unwrap_or(false),
        changed_digest: table.flag("changed-digest").unwrap_or(false),
        publisher: table.word::<Publisher>("publisher"),
        sources: table.tables("sources").iter().map(source).collect(),
        audits: table.tables("audits").iter().map(audit).collect(),
        advisories: table.tables("advisories").iter().map(advisory).collect(),
        staged: super::staged::given(table),
        digest: digest?,
        artifact: artifact?,
        now: now?,
    };
    table.finish();
    Some(given)
}

fn source(table: &Table<'_, '_>) -> Source {
    let source = Source {
        name: table.text("name").unwrap_or("osv").to_owned(),
        age: table.span_of_time("age").unwrap_or_default(),
        malware: table.flag("malware").unwrap_or(true),
    };
    table.finish();
    source
}

fn audit(table: &Table<'_, '_>) -> GivenAudit {
    let errors = table.errors();
    let criteria: Vec<CriterionName> =
        table.texts("criteria").iter().filter_map(|(text, span)| parsed(text, span, "bad-word", errors)).collect();
    let by: Vec<String> = table.texts("by").into_iter().map(|(text, _)| text.to_owned()).collect();
    let named = [("this", Named::This), ("other", Named::Other), ("none", Named::None)];
    let depth = match table.text("depth") {
        Some("none") => None,
        Some(_) => table.word("depth"),
        None => Some(vetmoot_domain::Depth::Read),
    };
    let audit = GivenAudit {
        id: table.text("id").map(str::to_owned),
        import: table.text("import").map(str::to_owned),
        version: table.word::<Version>("version"),
        from: table.word::<Version>("from"),
        range: table.text("range").map(str::to_owned),
        publisher: table.word::<Publisher>("publisher"),
        window: (
            table.span_of_time("window-before").unwrap_or(Span::days(3650)),
            table.span_of_time("window-after").unwrap_or(Span::days(30)),
        ),
        criteria: if criteria.is_empty() { vec![super::build::safe_to_deploy()] } else { criteria },
        by: if by.is_empty() { vec!["ada".to_owned()] } else { by },
        organisation: table.word::<Organisation>("organisation"),
        level: table.number("level", 0..=4).and_then(|level| u8::try_from(level).ok()).unwrap_or(2),
        depth,
        digest: table.choice("digest", &named).unwrap_or(Named::This),
        age: table.span_of_time("age"),
        undated: table.flag("undated").unwrap_or(false),
        self_audit: table.flag("self-audit").unwrap_or(false),
        machine: table.choice("machine", &[("alone", false), ("guided", true)]),
    };
    table.finish();
    audit
}

fn advisory(table: &Table<'_, '_>) -> GivenAdvisory {
    let advisory = GivenAdvisory {
        id: table.text("id").unwrap_or("TEST-2026-0001").to_owned(),
        kind: table.word("kind").unwrap_or(AdvisoryKind::Vulnerability),
        severity: table.word("severity"),
        cvss_tenths: table.number("cvss-tenths", 0..=100).and_then(|tenths| u16::try_from(tenths).ok()),
        introduced: table.text("introduced").unwrap_or("0").to_owned(),
        fixed: table.text("fixed").map(str::to_owned),
        withdrawn: table.flag("withdrawn").unwrap_or(false),
        community: table.text("community").map(str::to_owned),
    };
    table.finish();
    advisory
}

fn expect(table: &Table<'_, '_>) -> Expect {
    let valid_for = match table.text("valid-for") {
        Some("ever") => Some(Lasting::Ever),
        Some(_) => table.span_of_time("valid-for").map(Lasting::For),
        None => None,
    };
    let codes = table.get("codes").map(|_| table.texts("codes").into_iter().map(|(code, _)| code.to_owned()).collect());
    let expect = Expect {
        state: table.word("state"),
        phase: table.word("phase"),
        bytes: table.word("bytes"),
        codes,
        valid_for,
        remedy: table.word("remedy"),
        remedy_from: table.word("remedy-from"),
        text: table.text("text").map(str::to_owned),
        staged: super::staged::expect(table),
    };
    table.finish();
    expect
}
