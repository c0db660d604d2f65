//! The fields of a message, where each that counts may come once only.

use super::SignatureError;

/// The fields of a message: names in lower case, values as they came.
pub(super) struct Fields<'a>(Vec<(&'a str, &'a [u8])>);

impl<'a> Fields<'a> {
    /// Fields in the order in which they came.
    pub(super) fn new(fields: impl Iterator<Item = (&'a str, &'a [u8])>) -> Self {
        Self(fields.collect())
    }
    /// The value of a field that comes once at most, without the space around it.
    ///
    /// # Errors
    /// It comes twice, where two readers could read two messages, or is not printable ASCII.
    pub(super) fn only(&self, name: &str) -> Result<Option<&'a str>, SignatureError> {
        let mut found = self.0.iter().filter(|(known, _)| *known == name).map(|(_, value)| *value);
        let Some(value) = found.next() else { return Ok(None) };
        if found.next().is_some() {
            return Err(SignatureError::Twice(name.chars().take(60).collect()));
        }
        let printable = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t');
        match std::str::from_utf8(value) {
            Ok(text) if value.iter().all(printable) => Ok(Some(text.trim())),
            _ => Err(SignatureError::Unreadable("a field that counts is not plain text")),
        }
    }
    /// As [`Self::only`], of a field that is said to be signed.
    pub(super) fn covered(&self, name: &str) -> Result<&'a str, SignatureError> {
        self.only(name)?.ok_or_else(|| SignatureError::Absent(name.chars().take(60).collect()))
    }
}
