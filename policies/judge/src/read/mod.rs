//! Reading a policy document: TOML in, a compiled policy or every error with its place out.

mod criteria;
pub(crate) mod cursor;
mod evidence;
mod extension;
mod lists;
mod release;

use toml::de::{DeTable, DeValue};
use vetmoot_domain::{Ecosystem, PolicyDigest, Use};

use crate::errors::{PolicyError, PolicyErrors};
use crate::limits::{EXTENDS_MAX, POLICY_BYTES_MAX};
use crate::policy::{Policy, PolicySource};
use crate::scenario;
use cursor::{Errors, Table, parsed, wrong_type};

/// The version of the language this build reads.
const LANGUAGE: &str = "1";

fn alone(code: &'static str, message: String) -> PolicyErrors {
    PolicyErrors(vec![PolicyError { code, message, line: 1, column: 1, suggestion: None }])
}

/// Reads a policy; `depth` counts the policies that extend it.
pub(crate) fn policy(bytes: &[u8], base: &dyn PolicySource, depth: usize) -> Result<Policy, PolicyErrors> {
    if bytes.len() > POLICY_BYTES_MAX {
        let message = format!("the policy has {} bytes; at most {POLICY_BYTES_MAX} are read", bytes.len());
        return Err(alone("too-large", message));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| alone("not-text", format!("the policy is not UTF-8 from byte {} on", error.valid_up_to())))?;
    let errors = Errors::new(text);
    let (document, broken) = DeTable::parse_recoverable(text);
    for error in broken {
        errors.add("toml-syntax", &error.span().unwrap_or(0..0), error.message());
    }
    if !errors.is_empty() {
        return Err(PolicyErrors(errors.into_found()));
    }
    let root = Table::root(document.get_ref(), &errors);
    let policy = if language(&root) { document_of(&root, PolicyDigest::of(bytes), base, depth) } else { None };
    match policy {
        Some(policy) if errors.is_empty() => Ok(policy),
        _ => Err(PolicyErrors(errors.into_found())),
    }
}

fn language(root: &Table<'_, '_>) -> bool {
    let Some(value) = root.get("vetmoot-policy") else {
        let message = "`vetmoot-policy` is missing; a policy begins with `vetmoot-policy = 1`";
        root.errors().add("language-version", &root.span, message);
        return false;
    };
    match value.get_ref() {
        DeValue::Integer(number) if number.as_str() == LANGUAGE => true,
        DeValue::Integer(number) => {
            let message = format!("language version {number} is unknown; this build reads `vetmoot-policy = {LANGUAGE}`");
            root.errors().add("language-version", &value.span(), message);
            false
        }
        other => {
            wrong_type(root.errors(), value, "vetmoot-policy", "a whole number", other);
            false
        }
    }
}

fn document_of(root: &Table<'_, '_>, digest: PolicyDigest, base: &dyn PolicySource, depth: usize) -> Option<Policy> {
    let head = root.need("policy").and_then(|value| Table::of(value, "policy", root.errors()))?;
    let title = head.need_text("title");
    let summary = head.text("summary").unwrap_or_default().trim();
    let mut policy = match head.get("extends") {
        Some(_) => base_of(&head, base, depth)?,
        None => Policy::empty(),
    };
    let extends = policy.digest_if_read();
    policy.name(digest, title.unwrap_or_default(), summary, extends);
    if extends.is_none() {
        policy.set_ecosystems(ecosystems(&head));
        policy.set_serve_use(head.word::<Use>("serve-use").unwrap_or(Use::Runtime));
        criteria::read(root, &mut policy);
        evidence::read(root, &mut policy);
    }
    head.finish();
    release::read(root, &mut policy);
    lists::imports(root, &mut policy);
    lists::exceptions(root, &mut policy);
    lists::rules(root, &mut policy);
    let tests = root.tables("test").iter().filter_map(scenario::read_test).collect();
    policy.set_tests(tests);
    if extends.is_some() {
        extension::refuse_more(root);
    }
    root.finish();
    Some(policy)
}

fn ecosystems(head: &Table<'_, '_>) -> Vec<Ecosystem> {
    let texts = head.texts("ecosystems");
    if texts.is_empty() {
        return Ecosystem::ALL.to_vec();
    }
    let mut found: Vec<Ecosystem> =
        texts.iter().filter_map(|(text, span)| parsed(text, span, "bad-word", head.errors())).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The policy that this one extends, read from its own bytes.
fn base_of(head: &Table<'_, '_>, base: &dyn PolicySource, depth: usize) -> Option<Policy> {
    let errors = head.errors();
    let span = head.get("extends").map_or(0..0, toml::Spanned::span);
    let digest: PolicyDigest = head.word("extends")?;
    if depth >= EXTENDS_MAX {
        errors.add("extends-deep", &span, format!("more than {EXTENDS_MAX} policies extend one another"));
        return None;
    }
    let Some(bytes) = base.bytes_of(&digest) else {
        errors.add("unknown-base", &span, format!("the policy {digest} is not at hand; bring its document here first"));
        return None;
    };
    if PolicyDigest::of(&bytes) != digest {
        errors.add("broken-base", &span, format!("the document at hand for {digest} has another digest"));
        return None;
    }
    match policy(&bytes, base, depth + 1) {
        Ok(policy) => Some(policy),
        Err(inner) => {
            errors.add("broken-base", &span, format!("the policy {digest} does not read: {inner}"));
            None
        }
    }
}

#[cfg(test)]
mod tests;
