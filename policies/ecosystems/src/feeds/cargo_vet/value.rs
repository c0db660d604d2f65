//! Reads TOML values the way cargo-vet writes them: text or list of texts, days as text or as dates.

use toml::{Table, Value};
use vetmoot_domain::Day;

use super::FeedError;
use super::split::Piece;
use crate::feeds::DropReason;

/// The table a piece holds.
pub(super) fn parse_piece(piece: &Piece) -> Result<Table, FeedError> {
    piece.text.parse::<Table>().map_err(|error| {
        let before = error.span().and_then(|span| piece.text.get(..span.start)).unwrap_or_default();
        let line = piece.line + u64::try_from(before.matches('\n').count()).unwrap_or(0);
        let why = cut(error.message());
        if piece.last && before.len() + 1 >= piece.text.trim_end().len() {
            return FeedError::Truncated { line, place: format!("where {why}") };
        }
        FeedError::Malformed { line, why }
    })
}

/// A text, a list of texts, or nothing, as a list of at most `most`.
pub(super) fn texts(table: &Table, key: &str, most: usize) -> Result<Vec<String>, DropReason> {
    let list = match table.get(key) {
        None => return Ok(Vec::new()),
        Some(Value::String(text)) => return Ok(vec![text.clone()]),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(DropReason::BadField),
    };
    if list.len() > most {
        return Err(DropReason::TooLong);
    }
    list.iter().map(|value| value.as_str().map(str::to_owned).ok_or(DropReason::BadField)).collect()
}

/// One text, or nothing.
pub(super) fn text<'a>(table: &'a Table, key: &str) -> Result<Option<&'a str>, DropReason> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(DropReason::BadField),
    }
}

/// A truth value, or nothing.
pub(super) fn flag(table: &Table, key: &str) -> Result<Option<bool>, DropReason> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::Boolean(flag)) => Ok(Some(*flag)),
        Some(_) => Err(DropReason::BadField),
    }
}

/// A day, which must be there.
pub(super) fn day(table: &Table, key: &str) -> Result<Day, DropReason> {
    let written = match table.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Datetime(moment)) => moment.to_string(),
        _ => return Err(DropReason::BadWindow),
    };
    written.parse().map_err(|_| DropReason::BadWindow)
}

/// A text for a message, without what could flood or garble it.
pub(super) fn cut(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(120).collect()
}
