//! The `@context` of every document of ours, with every term of our own written out in it, and the page that explains them.
//!
//! No server has to fetch anything to read our documents: beside the two contexts everybody knows by heart, terms stand
//! inline. The names of our own terms belong to no host, so they mean the same on every instance.

use activitypub_federation::protocol::context::WithContext;
use serde_json::{Map, Value, json};

/// What our own terms begin with.
pub const NAMESPACE: &str = "urn:vetmoot:ns#";

/// Our own terms: the name, whether it holds an address, and what it means.
const TERMS: &[(&str, bool, &str)] = &[
    ("vet:log", true, "On a community: its transparency log, as `checkpoint` and `vkey`."),
    ("checkpoint", true, "Where the newest checkpoint of a log is (C2SP tlog-checkpoint)."),
    ("vkey", false, "The key that signs a log's checkpoints, as a verifier key (C2SP signed-note)."),
    ("audit", true, "On a post: the record of an audit, signed by its author, immutable."),
    ("withdrawal", true, "On a post: the record by which an author withdraws a statement."),
    ("policyRevision", true, "On a post: the record of a policy's revision with its text."),
    ("erasure", true, "On a post: the record that says that a statement's text was erased."),
    ("candidate", true, "On a post: the record of a release that was handed in to be vetted."),
    ("released", true, "On a post: the record of a release, by who released it."),
    ("releaseAlarm", true, "On a post: the record that says that an index serves other bytes than those released."),
    ("advisory", true, "On a post: the record of an advisory its author issued."),
    ("logFork", true, "On a post: the record that a log contradicts itself."),
    ("Audit", false, "A statement about releases of a package by somebody who looked at them."),
    ("Advisory", false, "A statement that versions of a package have something wrong with them."),
    ("osv", false, "The OSV record of an advisory, as text."),
    ("LogFork", false, "That a log signed two checkpoints of which at most one can be true; both are in it."),
    ("logOrigin", false, "The origin line of a log."),
    ("known", false, "A checkpoint that was known before, as a signed note."),
    ("contradicts", false, "The checkpoint that contradicts it, as a signed note."),
    ("Withdrawal", false, "A statement that takes an earlier one of the same author back."),
    ("PolicyRevision", false, "A numbered, immutable revision of a community's policy."),
    ("Erasure", false, "A community's note that the text of a statement is gone; its digest stays."),
    ("Candidate", false, "A release that was handed in to a community, to be vetted before it is released."),
    ("Release", false, "A candidate that is where it was to go, with the bytes that were vetted."),
    ("ReleaseAlarm", false, "That an index serves other bytes than those a community released."),
    ("kind", false, "The kind of an audit: full, delta, violation or publisher."),
    ("release", false, "The release a statement is about, as a purl."),
    ("from", false, "The release a delta begins at, as a purl."),
    ("range", false, "The versions a violation is about."),
    ("publisher", false, "Whom an audit trusts to publish, and from when to when."),
    ("criteria", false, "The criteria a release meets, or fails in a violation."),
    ("depth", false, "How far an auditor read: skim, read or deep."),
    ("digests", false, "The digests of the artifacts a statement covers."),
    ("from_digests", false, "The digests of the artifacts a delta begins at."),
    ("notes", false, "What an auditor has to say, as plain text."),
    ("files", false, "The files of a candidate, each with name, size in bytes and digests."),
    ("size", false, "The size of a file in bytes."),
    ("sha256", false, "A SHA-256 in hexadecimal."),
    ("sha512", false, "A SHA-512 in hexadecimal."),
    ("policy", false, "The policy that vets a candidate, as its slug and its digest."),
    ("uploadedAs", false, "The program that handed a candidate in, in its author's name."),
    ("target", false, "Where a candidate was released to: official or community."),
    ("waived", false, "The checks that were waived for a release, each with who waived it and why."),
    ("by", true, "Who waived a check."),
    ("seen", false, "The digests of the bytes an index serves in place of those released."),
    ("findings", false, "What an auditor found, each at a place in a file."),
    ("path", false, "The file of an artifact a finding is in."),
    ("lines", false, "The first and last line of a finding."),
    ("severity", false, "How grave a finding is: info, low, medium, high or critical."),
    ("text", false, "What was found, as plain text."),
    ("self_audit", false, "Whether the auditor publishes or maintains the package."),
    ("machine", false, "Which model wrote an audit, where one did."),
    ("model", false, "The name of the model that wrote an audit."),
    ("guided", false, "Whether a human guided the model."),
    ("user", false, "The name of a publisher at their index."),
    ("start", false, "The first day of a publisher's trust."),
    ("end", false, "The last day of a publisher's trust."),
    ("salt", false, "128 random bits, so that a digest gives nothing away."),
    ("reason", false, "Why an author withdraws a statement, as plain text."),
    ("steward", true, "On a withdrawal by the community: the steward who withdrew it."),
    ("slug", false, "The short name of a policy in its community."),
    ("revision", false, "The number of a policy's revision."),
    ("mode", false, "How a policy is applied: enforce or observe."),
    ("title", false, "What a policy is called, as plain text."),
    ("document", false, "The text of a policy, as TOML."),
    ("digest", false, "A digest, as `sha256:` and hex."),
];

/// The value of `@context`, the same for every document.
pub fn context() -> Value {
    json!(["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1", Value::Object(inline())])
}

/// A document with our `@context` in front.
pub fn with_context<T>(document: T) -> WithContext<T> {
    WithContext::new(document, context())
}

/// The context alone, as a document of its own, with what each term of ours means.
pub fn vocabulary() -> Value {
    let meanings: Map<String, Value> = terms().map(|(term, meaning)| (term.to_owned(), Value::from(meaning))).collect();
    json!({ "@context": context(), "id": NAMESPACE, "terms": meanings })
}

/// Our own terms, each with what it means.
pub fn terms() -> impl Iterator<Item = (&'static str, &'static str)> {
    TERMS.iter().map(|(term, _, meaning)| (term.trim_start_matches("vet:"), *meaning))
}

/// The terms that are inline.
fn inline() -> Map<String, Value> {
    let mut terms = Map::new();
    let mut add = |name: &str, meaning: Value| terms.insert(name.to_owned(), meaning);
    for (prefix, namespace) in [
        ("vet", NAMESPACE),
        ("toot", "http://joinmastodon.org/ns#"),
        ("schema", "http://schema.org#"),
        ("gts", "https://gotosocial.org/ns#"),
        ("lemmy", "https://join-lemmy.org/ns#"),
        ("sec", "https://w3id.org/security#"),
    ] {
        add(prefix, Value::from(namespace));
    }
    for (term, meaning) in [
        ("Hashtag", "as:Hashtag"),
        ("sensitive", "as:sensitive"),
        ("manuallyApprovesFollowers", "as:manuallyApprovesFollowers"),
        ("PropertyValue", "schema:PropertyValue"),
        ("value", "schema:value"),
        ("discoverable", "toot:discoverable"),
        ("indexable", "toot:indexable"),
        ("postingRestrictedToMods", "lemmy:postingRestrictedToMods"),
        ("Multikey", "sec:Multikey"),
        ("DataIntegrityProof", "sec:DataIntegrityProof"),
        // FEP-2c59.
        ("webfinger", "https://purl.archive.org/socialweb/webfinger#webfinger"),
    ] {
        add(term, Value::from(meaning));
    }
    let link = |id: &str| json!({ "@id": id, "@type": "@id" });
    let typed = |id: &str, kind: &str| json!({ "@id": id, "@type": kind });
    add("featured", link("toot:featured"));
    add("interactionPolicy", link("gts:interactionPolicy"));
    add("canQuote", link("gts:canQuote"));
    add("automaticApproval", link("gts:automaticApproval"));
    // FEP-521a and FEP-8b32.
    add("assertionMethod", link("sec:assertionMethod"));
    add("controller", link("sec:controller"));
    add("publicKeyMultibase", typed("sec:publicKeyMultibase", "sec:multibase"));
    add("revoked", typed("sec:revoked", "http://www.w3.org/2001/XMLSchema#dateTime"));
    add("proof", json!({ "@id": "sec:proof", "@type": "@id", "@container": "@graph" }));
    add("cryptosuite", typed("sec:cryptosuite", "sec:cryptosuiteString"));
    add("verificationMethod", link("sec:verificationMethod"));
    add("proofPurpose", typed("sec:proofPurpose", "@vocab"));
    add("proofValue", typed("sec:proofValue", "sec:multibase"));
    // FEP-844e.
    add("implements", json!({ "@id": "https://w3id.org/fep/844e#implements", "@type": "@id", "@container": "@set" }));
    for (term, is_address, _) in TERMS {
        // Its prefix is enough for it: `vet:log` is its name in documents, so that no other `log` is meant.
        if term.starts_with("vet:") {
            continue;
        }
        let id = format!("vet:{term}");
        add(term, if *is_address { link(&id) } else { Value::from(id) });
    }
    terms
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn every_term_of_ours_stands_inline_once() {
        let context = context();
        let inline = context.as_array().unwrap().last().unwrap().as_object().unwrap();
        for (term, _, meaning) in TERMS {
            assert!(meaning.ends_with('.'), "{term}");
            assert!(term.starts_with("vet:") || inline.contains_key(*term), "{term}");
        }
        let mut names: Vec<_> = TERMS.iter().map(|(term, ..)| *term).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TERMS.len());
    }

    #[test]
    fn only_contexts_that_everybody_knows_are_named_by_address() {
        let addresses: Vec<_> =
            context().as_array().unwrap().iter().filter_map(|one| one.as_str().map(str::to_owned)).collect();
        assert_eq!(addresses, ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]);
    }
}
