//! What an index answered to an upload or an action, in the few ways it matters here. Pure.

use serde_json::Value;
use vetmoot_domain::{Span, Timestamp};
use vetmoot_outbound::Meta;

use crate::delivery::circuit::retry_after;
use crate::limits::{INDEX_SAID_CHARS_MAX, SECRET_PART_BYTES_MIN};

/// What became of something that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sent {
    /// The index took it; what it said beside that.
    Taken {
        /// Its warnings, when there were any.
        notes: Option<String>,
    },
    /// The index keeps it until a person approves it there, under this name.
    Staged {
        /// What the index calls it.
        remote: String,
    },
    /// The index said no.
    Refused(Refused),
    /// The index wants to be asked later, or could not be understood.
    Later {
        /// What it said.
        text: String,
        /// How long it wants to be left alone.
        asked: Option<Span>,
        /// Whether it limits how much it takes, so that nothing else is worth sending either.
        limited: bool,
        /// Whether it says for certain that it did not take this.
        untaken: bool,
    },
}

/// A no, in the index's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// What it said, with its status.
    pub(super) text: String,
    /// Whether it is the credential that was refused.
    pub(super) credential: bool,
    /// Whether it says that it has this version already.
    pub(super) exists: bool,
    /// Whether it is certain that it did not take what was sent.
    pub(super) sure: bool,
}

/// Reads an answer by its status; success is looked at by the ecosystem itself, since some hide an error in it.
pub(super) fn read(meta: &Meta, body: &[u8], secret: &str, now: Timestamp) -> Sent {
    let said = said(meta.content_type.as_deref(), body, secret);
    let text = if said.is_empty() { format!("status {}", meta.status) } else { format!("status {}: {said}", meta.status) };
    let asked = meta.retry_after.as_deref().and_then(|field| retry_after(field, now));
    match meta.status {
        200..=299 => Sent::Taken { notes: None },
        429 => Sent::Later { text, asked, limited: true, untaken: true },
        408 | 425 | 500..=599 => Sent::Later { text, asked, limited: asked.is_some(), untaken: false },
        status => {
            let exists = status == 409 || says_it_exists(&said);
            let credential = status == 401 || status == 403 && !exists;
            Sent::Refused(Refused { text, credential, exists, sure: true })
        }
    }
}

/// Whether an index's words mean that this version or file is there already.
pub(super) fn says_it_exists(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["already exist", "already uploaded", "already been", "already present", "previously published", "cannot publish over"]
        .iter()
        .any(|words| said.contains(words))
}

/// What an index says for people: the message of its JSON, the title of its page, or its text; one line, cut, and never
/// the secret that was presented, should the index repeat it.
pub(super) fn said(content_type: Option<&str>, body: &[u8], secret: &str) -> String {
    let text = String::from_utf8_lossy(body);
    let is_page = content_type.is_some_and(|kind| kind.contains("html")) || text.trim_start().starts_with('<');
    let words = match serde_json::from_slice::<Value>(body) {
        Ok(json) => of_json(&json),
        Err(_) if is_page => of_page(&text),
        Err(_) => text.into_owned(),
    };
    let words = without_secret(words, secret);
    let words: Vec<&str> = words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(INDEX_SAID_CHARS_MAX).collect()
}

/// The words without what was presented: as it was written, encoded as it goes over the line, and each half of a name with
/// a password.
fn without_secret(words: String, secret: &str) -> String {
    if secret.is_empty() {
        return words;
    }
    let mut hidden = vec![secret.to_owned()];
    hidden.extend(["__token__:", ""].map(|user| data_encoding::BASE64.encode(format!("{user}{secret}").as_bytes())));
    if let Some((user, password)) = secret.split_once(':') {
        hidden.extend([password, user].into_iter().filter(|part| part.len() >= SECRET_PART_BYTES_MIN).map(str::to_owned));
    }
    hidden.into_iter().fold(words, |words, part| words.replace(&part, "(not shown)"))
}

fn of_json(json: &Value) -> String {
    let listed = json.get("errors").and_then(Value::as_array).map(|errors| {
        let details = errors.iter().filter_map(|error| error.get("detail").and_then(Value::as_str));
        details.collect::<Vec<_>>().join("; ")
    });
    let named = ["error", "message", "reason", "detail", "title"].iter().find_map(|key| json.get(key).and_then(Value::as_str));
    listed.filter(|text| !text.is_empty()).or_else(|| named.map(str::to_owned)).unwrap_or_default()
}

/// The text of a page without its tags; the title is where indexes say it.
fn of_page(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|from| {
        let from = from + "<title>".len();
        let to = lower.get(from..)?.find("</title>")? + from;
        page.get(from..to)
    });
    // Many title their page `Error` and say more below.
    let body = without_tags(page);
    match title {
        Some(title) if title.trim().len() > "400 Bad Request".len() => title.to_owned(),
        _ => body,
    }
}

fn without_tags(page: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in page.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

/// Reads the success of an index whose upload interface answers with no page: a page comes from something in front of it,
/// a sign-in or a portal, so whether the file arrived has to be looked up.
pub(super) fn no_page(status: u16, content_type: Option<&str>, body: &[u8], secret: &str) -> Sent {
    let text = String::from_utf8_lossy(body);
    let is_page = ["<!doctype html", "<html"].iter().any(|start| text.trim_start().to_ascii_lowercase().starts_with(start));
    if !is_page {
        return Sent::Taken { notes: None };
    }
    let said = said(content_type, body, secret);
    let text = format!("status {status} with a page for people, as no index answers an upload: {said}");
    Sent::Refused(Refused { text, credential: false, exists: true, sure: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content_type: &str, body: &str, expected: &str) {
        assert_eq!(said(Some(content_type), body.as_bytes(), "s3cret"), expected, "{body}");
    }

    #[test]
    fn an_index_is_quoted_in_one_short_line() {
        check("application/json", r#"{"errors":[{"detail":"a"},{"detail":"b"}]}"#, "a; b");
        check("application/json", r#"{"error":"conflict"}"#, "conflict");
        check("application/json", r#"{"message":"no"}"#, "no");
        check("text/plain", "two\n lines\u{7}", "two lines");
        let page = "<html><head><title>400 File already exists ('a.whl')</title></head><body>x</body></html>";
        check("text/html", page, "400 File already exists ('a.whl')");
        check("text/html", "<html><title>Error</title><p>Conflict: here</p></html>", "Error Conflict: here");
        check("text/plain", &"x".repeat(5_000), &"x".repeat(INDEX_SAID_CHARS_MAX));
    }

    #[test]
    fn a_secret_the_index_repeats_is_not_shown() {
        check("text/plain", "the token s3cret is no good", "the token (not shown) is no good");
        check("text/plain", "Basic X190b2tlbl9fOnMzY3JldA== is no good", "Basic (not shown) is no good");
        let said = |words: &str| super::said(Some("text/plain"), words.as_bytes(), "robot:pass:word");
        assert_eq!(said("robot may not, nor pass:word"), "(not shown) may not, nor (not shown)");
        assert_eq!(said("cm9ib3Q6cGFzczp3b3Jk"), "(not shown)");
    }

    #[test]
    fn a_page_for_people_is_no_success() {
        let page = b"<!DOCTYPE html><html><head><title>Sign in to go on, please</title></head></html>";
        let Sent::Refused(refused) = no_page(200, Some("text/html"), page, "s3cret") else { panic!("it was taken") };
        assert!(!refused.sure && refused.text.contains("Sign in to go on"), "{refused:?}");
        for body in ["", "OK", "{}"] {
            assert_eq!(no_page(200, Some("text/html"), body.as_bytes(), "s3cret"), Sent::Taken { notes: None }, "{body}");
        }
    }

    #[test]
    fn indexes_say_in_many_ways_that_they_have_it() {
        for said in [
            "File already exists ('a-1.0.tar.gz', with blake2_256 hash '00')",
            "crate version `1.0.0` is already uploaded",
            "You cannot publish over the previously published versions: 1.0.0.",
            "this package is already present",
        ] {
            assert!(says_it_exists(said), "{said}");
        }
        assert!(!says_it_exists("the license field is missing"));
    }
}
