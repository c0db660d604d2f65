//! The authors of an entry: names to show, and the text as written, which may hold a mail address, for writing back only.

use std::fmt;

/// One author of an entry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Who {
    name: String,
    written: String,
}

impl Who {
    /// Reads `Name <mail>`, a name alone, or a mail address alone.
    pub fn new(written: &str) -> Self {
        let name = written.split('<').next().unwrap_or_default().trim();
        let name = if name.is_empty() || name.contains('@') { "unnamed" } else { name };
        let name = name.chars().filter(|c| !c.is_control()).collect();
        Self { name, written: written.to_owned() }
    }
    /// The name to show; never a mail address.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The text as the feed writes it. For writing back only: it may hold a mail address, which is never shown.
    pub fn written(&self) -> &str {
        &self.written
    }
}

impl fmt::Debug for Who {
    // The address stays out of logs and test output too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Who").field(&self.name).finish()
    }
}
