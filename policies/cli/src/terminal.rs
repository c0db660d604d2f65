//! What is said on a terminal and how: states by icon, word and colour; progress only where somebody watches.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use url::Url;
use vetmoot_domain::State;

use crate::exit::Failure;

/// Standard output and standard error.
pub(crate) struct Terminal {
    colour: bool,
    quiet: bool,
    watched: bool,
}

/// Where progress is shown, if at all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    shown: bool,
}

impl Terminal {
    /// The terminal the command was started on; colour on a terminal alone, and never where `NO_COLOR` is set.
    pub(crate) fn new(quiet: bool) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { colour: wanted && io::stdout().is_terminal(), quiet, watched: io::stderr().is_terminal() }
    }
    /// Where progress goes.
    pub(crate) fn progress(&self) -> Progress {
        Progress { shown: self.watched && !self.quiet }
    }
    /// Whether only the first sentence is wanted.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }
    /// Writes the answer; a reader that went away is no failure of ours.
    #[expect(clippy::unused_self, reason = "the terminal is what is written to")]
    pub(crate) fn answer(&self, text: &str) {
        let _ = io::stdout().lock().write_all(text.as_bytes());
    }
    /// Says something beside the answer.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr().lock(), "{}", plain(text));
        }
    }
    /// Says what is wrong with the bytes, quiet or not.
    #[expect(clippy::unused_self, reason = "the terminal is what is written to")]
    pub(crate) fn alarm(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "vetmoot (integrity): {}", plain(text));
    }
    /// Says why there is no answer.
    #[expect(clippy::unused_self, reason = "the terminal is what is written to")]
    pub(crate) fn failure(&self, failure: &Failure) {
        let _ = writeln!(io::stderr().lock(), "vetmoot ({}): {}", failure.code(), plain(&failure.to_string()));
    }
    /// A state as icon, word and colour, padded to one width; none is undecided.
    pub(crate) fn state(&self, state: Option<State>) -> String {
        let (icon, word, colour) = mark(state);
        self.coloured(&format!("{icon} {word:<7}"), colour)
    }
    /// A state's icon in its colour, for a sentence that says the word.
    pub(crate) fn icon(&self, state: Option<State>) -> String {
        let (icon, _, colour) = mark(state);
        self.coloured(icon, colour)
    }
    fn coloured(&self, text: &str, colour: u8) -> String {
        if self.colour { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// The icon, the word and the colour of a state, the same everywhere: check, hourglass, octagon, ring.
fn mark(state: Option<State>) -> (&'static str, &'static str, u8) {
    match state {
        Some(State::Listed) => ("\u{2714}", "listed", 32),
        Some(State::Held) => ("\u{29d7}", "held", 33),
        Some(State::Refused) => ("\u{2bc3}", "refused", 31),
        None => ("\u{25cb}", "unknown", 90),
    }
}

impl Progress {
    /// A bar for a download: bytes, rate and time left.
    pub(crate) fn download(self, url: &Url, length: Option<u64>) -> ProgressBar {
        let template = match length {
            Some(_) => "{msg} {bytes}/{total_bytes} {bar:30} {bytes_per_sec} {eta} left",
            None => "{msg} {bytes} {spinner} {bytes_per_sec}",
        };
        let bar = self.bar(length, template);
        bar.set_message(url.host_str().unwrap_or_default().to_owned());
        bar
    }
    /// A bar for many steps: files read, releases asked about.
    pub(crate) fn steps(self, what: &'static str, count: Option<u64>) -> ProgressBar {
        let template = match count {
            Some(_) => "{msg} {pos}/{len} {bar:30} {per_sec} {eta} left",
            None => "{msg} {pos} {spinner} {per_sec}",
        };
        let bar = self.bar(count, template);
        bar.set_message(what);
        bar
    }
    fn bar(self, length: Option<u64>, template: &str) -> ProgressBar {
        if !self.shown {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }
}

/// A text from elsewhere without what would steer a terminal.
pub(crate) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}
