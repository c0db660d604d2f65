//! Secrets in an archive: private keys, and tokens by the prefixes their makers gave them so that they can be found.
//!
//! What is said names the kind, the file and the line. The secret itself never leaves this file.

use memchr::memmem;

use super::Notice;
use crate::archive::Piece;
use crate::limits::{SECRETS_FOUND_MAX, SECRETS_TEXT_BYTES_MAX, SECRETS_WINDOW_BYTES};

/// Bytes at the beginning in which a zero byte marks a file that is no text.
const LOOKED_AT_FOR_ZERO: usize = 8_000;
/// Bytes kept from one window to the next, so that a secret on their border is seen whole.
const OVERLAP_BYTES: usize = 1_024;

/// A kind of token: what it begins with and what follows.
struct Kind {
    begins: &'static str,
    /// What it is called in a sentence.
    what: &'static str,
    /// Fewest characters that follow.
    least: usize,
    /// Most characters that follow; a longer run is something else.
    most: usize,
    /// Which characters follow.
    follows: fn(u8) -> bool,
}

const KINDS: &[Kind] = &[
    Kind { begins: "pypi-AgE", what: "a token of the official Python index", least: 50, most: 1_000, follows: is_base64url },
    Kind { begins: "npm_", what: "a token of the official npm index", least: 36, most: 36, follows: is_word },
    Kind { begins: "cio", what: "a token of the official crate index", least: 32, most: 32, follows: is_word },
    Kind { begins: "cio_tp_", what: "a token of the official crate index", least: 30, most: 100, follows: is_word },
    Kind { begins: "vm_", what: "a token of a packaging community", least: 43, most: 43, follows: is_base64url },
    Kind { begins: "ghp_", what: "a GitHub token", least: 36, most: 251, follows: is_word },
    Kind { begins: "gho_", what: "a GitHub token", least: 36, most: 251, follows: is_word },
    Kind { begins: "ghu_", what: "a GitHub token", least: 36, most: 251, follows: is_word },
    Kind { begins: "ghs_", what: "a GitHub token", least: 36, most: 251, follows: is_word },
    Kind { begins: "ghr_", what: "a GitHub token", least: 36, most: 251, follows: is_word },
    Kind { begins: "github_pat_", what: "a GitHub token", least: 60, most: 251, follows: is_underscored },
    Kind { begins: "glpat-", what: "a GitLab token", least: 20, most: 300, follows: is_token68 },
    Kind { begins: "AKIA", what: "an AWS access key", least: 16, most: 16, follows: is_capital_or_digit },
    Kind { begins: "ASIA", what: "an AWS access key", least: 16, most: 16, follows: is_capital_or_digit },
    Kind { begins: "xoxb-", what: "a Slack token", least: 24, most: 200, follows: is_base64url },
    Kind { begins: "xoxp-", what: "a Slack token", least: 24, most: 200, follows: is_base64url },
    Kind { begins: "sk_live_", what: "a Stripe key", least: 24, most: 247, follows: is_word },
    Kind { begins: "rk_live_", what: "a Stripe key", least: 24, most: 247, follows: is_word },
    Kind { begins: "dop_v1_", what: "a DigitalOcean token", least: 64, most: 64, follows: is_word },
    Kind { begins: "AccountKey=", what: "an Azure storage key", least: 86, most: 88, follows: is_base64 },
];

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}
fn is_underscored(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}
fn is_token68(byte: u8) -> bool {
    is_base64url(byte) || byte == b'.'
}
fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}
fn is_capital_or_digit(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

/// Fewest characters behind a token's beginning that are blotted out of a sentence: a token may have been cut there.
const BLOTTED_LEAST: usize = 12;

/// A text for people in which no token and no password of an address is left: manifests name strange things.
pub(super) fn redacted(text: &str) -> String {
    let mut clean = text.to_owned();
    for kind in KINDS {
        let mut from = 0;
        while let Some(at) = clean.get(from..).and_then(|rest| rest.find(kind.begins)).map(|at| from + at) {
            let begins = at + kind.begins.len();
            let body = clean.as_bytes().get(begins..).unwrap_or_default();
            let length = body.iter().take_while(|byte| (kind.follows)(**byte)).count();
            let before = at.checked_sub(1).and_then(|before| clean.as_bytes().get(before));
            if length < BLOTTED_LEAST || before.is_some_and(|byte| is_word(*byte)) {
                from = begins;
                continue;
            }
            clean.replace_range(at..begins + length, "[...]");
            from = at;
        }
    }
    let mut from = 0;
    while let Some(at) = clean.get(from..).and_then(|rest| rest.find("://")).map(|at| from + at + 3) {
        let rest = clean.get(at..).unwrap_or_default();
        let authority = rest.find(['/', '?', '#', ' ', '`']).unwrap_or(rest.len());
        match rest.get(..authority).and_then(|authority| authority.rfind('@')) {
            Some(end) if end > 0 => clean.replace_range(at..at + end, "[...]"),
            _ => {}
        }
        from = at;
    }
    clean
}

/// A reading of all files of an archive, one after the other.
#[derive(Default)]
pub(super) struct Scan {
    notices: Vec<Notice>,
    more: usize,
    path: String,
    window: Vec<u8>,
    /// Lines before the window.
    lines: usize,
    is_text: bool,
    is_first: bool,
    bytes: u64,
    unread: usize,
}

impl Scan {
    /// Takes in the next piece of the archive.
    pub(super) fn piece(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Begin { path, .. } => self.begin(path),
            Piece::Bytes(bytes) if self.is_text => {
                for part in bytes.chunks(SECRETS_WINDOW_BYTES) {
                    self.window.extend_from_slice(part);
                    if self.window.len() >= SECRETS_WINDOW_BYTES {
                        self.look(false);
                    }
                }
            }
            Piece::Bytes(_) => {}
            Piece::End => {
                if self.is_text {
                    self.look(true);
                }
                self.window.clear();
            }
        }
    }

    /// What was found.
    pub(super) fn finish(mut self) -> Vec<Notice> {
        if self.more > 0 {
            let text = format!("{} more places look like secrets and are not listed", self.more);
            self.notices.push(Notice::error("secret", text, "remove all of them, and revoke them at once"));
        }
        if self.unread > 0 {
            let text = format!("The archive has so much text that {} of its files were not searched for secrets", self.unread);
            let fix = "leave out what nobody needs who installs the package, or search it yourself";
            self.notices.push(Notice::warning("secrets-not-searched", text, fix));
        }
        self.notices
    }

    fn begin(&mut self, path: &str) {
        path.clone_into(&mut self.path);
        self.window.clear();
        self.lines = 0;
        (self.is_text, self.is_first) = (true, true);
        if self.bytes > SECRETS_TEXT_BYTES_MAX {
            self.is_text = false;
            self.unread += 1;
        }
    }

    /// Looks at what is in the window, and keeps the end of it for the next.
    fn look(&mut self, is_last: bool) {
        if std::mem::take(&mut self.is_first) {
            let head = self.window.get(..LOOKED_AT_FOR_ZERO).unwrap_or(&self.window);
            if memchr::memchr(0, head).is_some() {
                self.is_text = false;
                return;
            }
            self.files_of_their_own();
        }
        self.bytes += u64::try_from(self.window.len()).unwrap_or(u64::MAX);
        let window = std::mem::take(&mut self.window);
        // Near the window's end a secret may be cut; the next window has it whole.
        let end = if is_last { window.len() } else { window.len().saturating_sub(OVERLAP_BYTES) };
        for kind in KINDS {
            for at in memmem::find_iter(&window, kind.begins).filter(|at| *at < end) {
                if is_token(kind, &window, at) {
                    self.found(kind.what, line(&window, at), is_marked(&window, at));
                }
            }
        }
        for mark in ["PRIVATE KEY-----", "PRIVATE KEY BLOCK-----"] {
            for at in memmem::find_iter(&window, mark).filter(|at| *at < end) {
                if is_private_key(&window, at, mark) {
                    self.found_key(line(&window, at), is_marked(&window, at));
                }
            }
        }
        self.lines += memchr::memchr_iter(b'\n', window.get(..end).unwrap_or_default()).count();
        self.window = window.get(end..).unwrap_or_default().to_vec();
    }

    fn found(&mut self, what: &str, line: usize, is_marked: bool) {
        if is_marked {
            return self.marked(line);
        }
        let text = format!("There is {what} in the archive, and everybody who downloads it could use it");
        self.note("secret", &text, "revoke it now, since it has left your machine; then remove it and build anew", line);
    }

    fn found_key(&mut self, line: usize, is_marked: bool) {
        if is_marked {
            return self.marked(line);
        }
        // Keys that tests are run with are no secret; still, somebody should have seen that it is one of these.
        if is_for_show(&self.path) {
            let place = format!("{}:{}", self.path, self.lines + line);
            let text = "There is a private key among the tests, examples or documents";
            let fix = "make sure that it is used nowhere else, or leave it out of the package";
            return self.keep(Notice::warning("private-key-in-tests", text, fix).at(place));
        }
        let text = "There is a private key in the archive, and everybody who downloads it could use it";
        let fix = "replace the key everywhere it is used, remove it and build anew; one made up for a test lies among the tests, \
            or has `allowlist secret` in a comment before it";
        self.note("private-key", text, fix, line);
    }

    /// Somebody says that it is none; whoever reviews it looks.
    fn marked(&mut self, line: usize) {
        let place = format!("{}:{}", self.path, self.lines + line);
        let text = "What looks like a secret is marked as none (`allowlist secret`)";
        self.keep(Notice::warning("secret-marked", text, "make sure that it was made up").at(place));
    }

    fn note(&mut self, code: &'static str, text: &str, fix: &str, line: usize) {
        let place = format!("{}:{}", self.path, self.lines + line);
        self.keep(Notice::error(code, text, fix).at(place));
    }

    fn keep(&mut self, notice: Notice) {
        if self.notices.contains(&notice) {
            return;
        }
        if self.notices.len() < SECRETS_FOUND_MAX {
            self.notices.push(notice);
        } else {
            self.more += 1;
        }
    }

    /// Files that exist to hold secrets: settings of tools, and of a running program.
    fn files_of_their_own(&mut self) {
        let path = self.path.clone();
        let name = path.rsplit('/').next().unwrap_or_default();
        let text = String::from_utf8_lossy(&self.window).into_owned();
        let with = |wanted: &dyn Fn(&str) -> bool| text.lines().position(wanted).map(|at| at + 1);
        let what = match name {
            ".npmrc" => with(&|line| is_set(line, &["_authToken", "_auth", "_password"])),
            ".pypirc" => with(&|line| is_set(line, &["password"])),
            ".yarnrc.yml" | ".yarnrc" => with(&|line| is_set(line, &["npmAuthToken", "npmAuthIdent", "_authToken"])),
            ".netrc" | "_netrc" => with(&|line| line.split_whitespace().any(|word| word == "password")),
            ".git-credentials" => with(&|line| line.contains("://") && line.contains('@')),
            "credentials" | "credentials.toml" if path.contains(".cargo/") => with(&|line| is_set(line, &["token"])),
            "credentials" | "config" if path.contains(".aws/") => with(&|line| is_set(line, &["aws_secret_access_key"])),
            "config.json" | ".dockercfg" if path.contains(".docker/") || name == ".dockercfg" => {
                with(&|line| line.contains("\"auth\""))
            }
            _ if is_env(name) => with(&|line| is_assignment(line)),
            _ => None,
        };
        if let Some(line) = what {
            let text = format!("`{}` holds a password, a token or settings of a running program", super::cut(name));
            let fix = "revoke what it holds, and keep the file out of the package (`exclude`, `.npmignore`, `MANIFEST.in`)";
            let place = format!("{path}:{}", self.lines + line);
            let is_error = !is_for_show(&path);
            self.keep(Notice::weighed(is_error, "secret-file", text, fix).at(place));
        }
    }
}

/// Whether a file is there to try or explain something: among tests, examples or documents.
fn is_for_show(path: &str) -> bool {
    let folders = [
        "test",
        "tests",
        "testdata",
        "testing",
        "fixtures",
        "fixture",
        "examples",
        "example",
        "spec",
        "__tests__",
        "benches",
        "docs",
    ];
    let lower = path.to_ascii_lowercase();
    let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    folder.split('/').any(|part| folders.contains(&part)) || [".md", ".rst", ".adoc"].iter().any(|end| name.ends_with(end))
}

/// Whether the line, or the one before it, says that this is no secret: the words that scanners of repositories know.
fn is_marked(window: &[u8], at: usize) -> bool {
    let before = window.get(at.saturating_sub(OVERLAP_BYTES)..at).unwrap_or_default();
    let after = window.get(at..(at + OVERLAP_BYTES).min(window.len())).unwrap_or_default();
    let from = memchr::memrchr_iter(b'\n', before).nth(1).unwrap_or(0);
    let to = memchr::memchr(b'\n', after).unwrap_or(after.len());
    let (before, after) = (before.get(from..).unwrap_or_default(), after.get(..to).unwrap_or_default());
    let says =
        |bytes: &[u8]| ["allowlist secret", "gitleaks:allow"].iter().any(|mark| memmem::find(bytes, mark.as_bytes()).is_some());
    says(before) || says(after)
}

/// Whether a file's name is that of a program's environment, and not of a sample of it.
fn is_env(name: &str) -> bool {
    let sample = ["example", "sample", "template", "dist", "default", "defaults", "schema", "test", "vault", "md"];
    name == ".env" || name.strip_prefix(".env.").is_some_and(|rest| !rest.split('.').any(|part| sample.contains(&part)))
}

/// `KEY=value` with a value.
fn is_assignment(line: &str) -> bool {
    let line = line.trim().strip_prefix("export ").unwrap_or(line.trim());
    line.split_once('=').is_some_and(|(key, value)| {
        let value = value.trim().trim_matches(['"', '\'']);
        !key.is_empty() && key.bytes().all(is_underscored) && !value.is_empty() && !value.starts_with("${")
    })
}

/// Whether a line sets one of the keys to something that is no reference to a variable.
fn is_set(line: &str, keys: &[&str]) -> bool {
    let line = line.trim();
    if line.starts_with(['#', ';']) {
        return false;
    }
    let Some((key, value)) = line.split_once(['=', ':']).filter(|(key, _)| !key.starts_with("//")).or_else(|| {
        // npm's keys name the registry first, which has colons of its own.
        line.split_once('=')
    }) else {
        return false;
    };
    let key = key.trim().rsplit([':', ' ']).next().unwrap_or_default().trim_matches(['"', '\'']);
    let value = value.trim().trim_matches(['"', '\'']);
    keys.contains(&key) && !value.is_empty() && !value.starts_with("${") && !value.starts_with("$(") && !value.starts_with('<')
}

fn is_token(kind: &Kind, window: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| window.get(before));
    // In the middle of a longer word it is no token.
    if before.is_some_and(|byte| is_base64url(*byte)) {
        return false;
    }
    let rest = window.get(at + kind.begins.len()..).unwrap_or_default();
    let length = rest.iter().take(kind.most + 1).take_while(|byte| (kind.follows)(**byte)).count();
    let body = rest.get(..length).unwrap_or_default();
    (kind.least..=kind.most).contains(&length) && !is_sample(body)
}

/// Whether it is one of those that documents show: few different characters, or a word that says so.
fn is_sample(body: &[u8]) -> bool {
    let different = body.iter().collect::<std::collections::BTreeSet<_>>().len();
    let lower = body.to_ascii_lowercase();
    let words = ["example", "xxxxxx", "0123456789", "abcdefgh"];
    different < 8 || words.iter().any(|word| memmem::find(&lower, word.as_bytes()).is_some())
}

/// Whether the mark of a private key is followed by a key: documents and programs name the mark alone.
fn is_private_key(window: &[u8], at: usize, mark: &str) -> bool {
    let from = at.saturating_sub(40);
    let before = window.get(from..at).unwrap_or_default();
    if memmem::rfind(before, b"-----BEGIN ").is_none() {
        return false;
    }
    let after = window.get(at + mark.len()..).unwrap_or_default();
    let after = after.get(..600).unwrap_or(after);
    // Line ends may be written out, as JSON and programs do. Headers (`Proc-Type`) may stand before the key.
    let text = String::from_utf8_lossy(after).replace("\\n", "\n").replace("\\r", "");
    let lines = text.lines().map(|line| line.trim().trim_matches(['"', '\'', '+', ',', ' ', '\\']));
    let key = lines.take_while(|line| !line.starts_with("-----END")).filter(|line| line.len() >= 40);
    let mut key = key.filter(|line| line.bytes().all(is_base64));
    key.next().is_some_and(|line| !is_sample(line.as_bytes()))
}

/// The line a place is in, counted from 1.
fn line(window: &[u8], at: usize) -> usize {
    memchr::memchr_iter(b'\n', window.get(..at).unwrap_or_default()).count() + 1
}
