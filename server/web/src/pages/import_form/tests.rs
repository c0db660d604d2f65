//! What a steward types names a source, or is told what is wrong with it.

use super::*;

fn check(query: &str, expected: &str) {
    let mut wrong = Wrong::default();
    let said = read(&Fields::of_query(query), &mut wrong)
        .map(|wanted| format!("{} {} {:?}", wanted.name, wanted.location, wanted.every.map(|every| every.to_string())));
    let said = said.unwrap_or_else(|| {
        wrong.summary().iter().map(|problem| format!("{}: {}", problem.field, problem.text)).collect::<Vec<_>>().join(" | ")
    });
    assert!(said.starts_with(expected), "{query}: {said}");
}

#[test]
fn a_source_has_a_name_an_address_and_a_schedule() {
    check(
        "kind=cargo-vet&name=peer&location=https://peer.example/audits.toml&schedule=daily",
        "peer https://peer.example/audits.toml Some(\"1d\")",
    );
    check("kind=osv&name=osv&location=https://peer.example/all.zip&schedule=once", "osv https://peer.example/all.zip None");
}

#[test]
fn a_file_of_the_server_is_for_its_operator() {
    check("kind=osv&name=osv&location=/etc/passwd", "location: This is no https address");
    check("kind=osv&name=&location=https://peer.example/", "name: It needs a name");
    check("kind=crev&name=x&location=https://peer.example/", "kind: ");
}
