//! Reading TOML tables key by key, so that every error knows its line and every unknown key its neighbour.

use std::cell::RefCell;
use std::ops::Range;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use vetmoot_domain::{Day, Span};

use crate::errors::PolicyError;
use crate::limits::{ENTRIES_MAX, ERRORS_MAX, TEXT_BYTES_MAX};

/// A value with its place in the document.
pub(crate) type Value<'d> = Spanned<DeValue<'d>>;

/// Collects errors with their line and column.
pub(crate) struct Errors<'d> {
    text: &'d str,
    found: RefCell<Vec<(usize, PolicyError)>>,
}

impl<'d> Errors<'d> {
    /// No errors yet about this document.
    pub(crate) fn new(text: &'d str) -> Self {
        Self { text, found: RefCell::new(Vec::new()) }
    }
    /// Notes an error at a place of the document.
    pub(crate) fn add(&self, code: &'static str, span: &Range<usize>, message: impl Into<String>) {
        self.suggest(code, span, message, None);
    }
    /// Notes an error with the word that was probably meant.
    pub(crate) fn suggest(
        &self,
        code: &'static str,
        span: &Range<usize>,
        message: impl Into<String>,
        suggestion: Option<String>,
    ) {
        let (line, column) = self.place(span.start);
        let error = PolicyError { code, message: message.into(), line, column, suggestion };
        let mut found = self.found.borrow_mut();
        if found.len() < ERRORS_MAX {
            found.push((span.start, error));
        }
    }
    fn place(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at.min(self.text.len())).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        (line, column)
    }
    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }
    /// The errors in the order of the text.
    pub(crate) fn into_found(self) -> Vec<PolicyError> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|(at, _)| *at);
        found.into_iter().map(|(_, error)| error).collect()
    }
}

/// The nearest of `words` to `word`, if it is near enough to be a slip of the pen.
pub(crate) fn nearest<'w>(word: &str, words: impl Iterator<Item = &'w str>) -> Option<String> {
    words
        .map(|known| (strsim::damerau_levenshtein(word, known), known))
        .filter(|(distance, known)| *distance <= 2.max(known.len() / 3) && *distance < word.len().min(known.len()))
        .min()
        .map(|(_, known)| known.to_owned())
}

/// A table being read; [`Table::finish`] reports the keys nobody asked for.
pub(crate) struct Table<'t, 'd> {
    entries: &'t DeTable<'d>,
    /// Where the table stands.
    pub(crate) span: Range<usize>,
    path: String,
    asked: RefCell<Vec<&'static str>>,
    errors: &'t Errors<'d>,
}

impl<'t, 'd> Table<'t, 'd> {
    /// The document itself.
    pub(crate) fn root(table: &'t DeTable<'d>, errors: &'t Errors<'d>) -> Self {
        Self { entries: table, span: 0..0, path: String::new(), asked: RefCell::default(), errors }
    }
    /// A value as a table; an error when it is none.
    pub(crate) fn of(value: &'t Value<'d>, path: &str, errors: &'t Errors<'d>) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(table) => {
                Some(Self { entries: table, span: value.span(), path: path.to_owned(), asked: RefCell::default(), errors })
            }
            other => {
                wrong_type(errors, value, path, "a table", other);
                None
            }
        }
    }
    /// Where errors go.
    pub(crate) fn errors(&self) -> &'t Errors<'d> {
        self.errors
    }
    /// The path of a key in this table.
    pub(crate) fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
    /// The value of a key.
    pub(crate) fn get(&self, key: &'static str) -> Option<&'t Value<'d>> {
        self.asked.borrow_mut().push(key);
        self.entries.get(key)
    }
    /// The value of a key that has to be there.
    pub(crate) fn need(&self, key: &'static str) -> Option<&'t Value<'d>> {
        let value = self.get(key);
        if value.is_none() {
            self.errors.add("missing-key", &self.span, format!("`{}` is missing", self.path(key)));
        }
        value
    }
    /// Every key with its value, for tables whose keys are names.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'t str, Range<usize>, &'t Value<'d>)> + use<'t, 'd> {
        self.entries.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value))
    }
    /// A table inside this one.
    pub(crate) fn table(&self, key: &'static str) -> Option<Self> {
        Self::of(self.get(key)?, &self.path(key), self.errors)
    }
    /// An array of tables inside this one.
    pub(crate) fn tables(&self, key: &'static str) -> Vec<Self> {
        let path = self.path(key);
        let values = self.get(key).map(|value| list(value, &path, self.errors)).unwrap_or_default();
        values.iter().filter_map(|value| Self::of(value, &path, self.errors)).collect()
    }
    /// A text.
    pub(crate) fn text(&self, key: &'static str) -> Option<&'t str> {
        text(self.get(key)?, &self.path(key), self.errors)
    }
    /// A text that has to be there and not be empty.
    pub(crate) fn need_text(&self, key: &'static str) -> Option<&'t str> {
        let value = self.need(key)?;
        let text = text(value, &self.path(key), self.errors)?;
        if text.trim().is_empty() {
            self.errors.add("empty", &value.span(), format!("`{}` is empty", self.path(key)));
            return None;
        }
        Some(text)
    }
    /// Several texts; one alone may stand without brackets.
    pub(crate) fn texts(&self, key: &'static str) -> Vec<(&'t str, Range<usize>)> {
        let path = self.path(key);
        self.get(key).map(|value| texts(value, &path, self.errors)).unwrap_or_default()
    }
    /// A text read as a word of its own type.
    pub(crate) fn word<T: FromStr>(&self, key: &'static str) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        let value = self.get(key)?;
        word(value, &self.path(key), self.errors)
    }
    /// One of a few words.
    pub(crate) fn choice<T: Copy>(&self, key: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        let value = self.get(key)?;
        let path = self.path(key);
        let got = text(value, &path, self.errors)?;
        let found = words.iter().find(|(word, _)| *word == got).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let message = format!("`{got}` is no value of `{path}`; use one of: {}", all.join(", "));
            self.errors.suggest("unknown-word", &value.span(), message, nearest(got, all.iter().copied()));
        }
        found
    }
    /// A whole number within bounds.
    pub(crate) fn number(&self, key: &'static str, bounds: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let value = self.get(key)?;
        number(value, &self.path(key), bounds, self.errors)
    }
    /// True or false.
    pub(crate) fn flag(&self, key: &'static str) -> Option<bool> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            other => {
                wrong_type(self.errors, value, &self.path(key), "true or false", other);
                None
            }
        }
    }
    /// A span of time.
    pub(crate) fn span_of_time(&self, key: &'static str) -> Option<Span> {
        let value = self.get(key)?;
        let text = text(value, &self.path(key), self.errors)?;
        match text.parse() {
            Ok(span) => Some(span),
            Err(error) => {
                self.errors.add("bad-span", &value.span(), format!("`{}`: {error}", self.path(key)));
                None
            }
        }
    }
    /// A day, written as a TOML date or as text.
    pub(crate) fn need_day(&self, key: &'static str) -> Option<Day> {
        let value = self.need(key)?;
        let written = match value.get_ref() {
            DeValue::Datetime(date) => date.to_string(),
            DeValue::String(text) => text.to_string(),
            other => {
                wrong_type(self.errors, value, &self.path(key), "a day such as 2026-11-27", other);
                return None;
            }
        };
        match written.parse() {
            Ok(day) => Some(day),
            Err(error) => {
                self.errors.add("bad-day", &value.span(), format!("`{}`: {error}", self.path(key)));
                None
            }
        }
    }
    /// Reports every key that nobody asked for.
    pub(crate) fn finish(&self) {
        let asked = self.asked.borrow();
        for (key, span, _) in self.entries() {
            if !asked.contains(&key) {
                let message = match self.path.as_str() {
                    "" => format!("unknown key `{key}`"),
                    path => format!("unknown key `{key}` in `{path}`"),
                };
                self.errors.suggest("unknown-key", &span, message, nearest(key, asked.iter().copied()));
            }
        }
    }
}

/// Notes that a value has the wrong type.
pub(crate) fn wrong_type(errors: &Errors<'_>, value: &Value<'_>, path: &str, wanted: &str, got: &DeValue<'_>) {
    let got = match got {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    errors.add("wrong-type", &value.span(), format!("`{path}` is {wanted}, not {got}"));
}

/// A value as a list.
pub(crate) fn list<'t, 'd>(value: &'t Value<'d>, path: &str, errors: &Errors<'d>) -> &'t [Value<'d>] {
    match value.get_ref() {
        DeValue::Array(values) if values.len() > ENTRIES_MAX => {
            errors.add("too-many", &value.span(), format!("`{path}` has more than {ENTRIES_MAX} entries"));
            &[]
        }
        DeValue::Array(values) => values,
        other => {
            wrong_type(errors, value, path, "a list", other);
            &[]
        }
    }
}

/// A value as text.
pub(crate) fn text<'t>(value: &'t Value<'_>, path: &str, errors: &Errors<'_>) -> Option<&'t str> {
    match value.get_ref() {
        DeValue::String(text) if text.len() > TEXT_BYTES_MAX => {
            errors.add("too-long", &value.span(), format!("`{path}` has more than {TEXT_BYTES_MAX} bytes"));
            None
        }
        DeValue::String(text) => Some(text),
        other => {
            wrong_type(errors, value, path, "a text", other);
            None
        }
    }
}

/// A value as several texts.
pub(crate) fn texts<'t, 'd>(value: &'t Value<'d>, path: &str, errors: &Errors<'d>) -> Vec<(&'t str, Range<usize>)> {
    let one = |value: &'t Value<'d>| Some((text(value, path, errors)?, value.span()));
    match value.get_ref() {
        DeValue::String(_) => one(value).into_iter().collect(),
        _ => list(value, path, errors).iter().filter_map(one).collect(),
    }
}

/// A value read as a word of its own type.
pub(crate) fn word<T: FromStr>(value: &Value<'_>, path: &str, errors: &Errors<'_>) -> Option<T>
where
    T::Err: std::fmt::Display,
{
    let text = text(value, path, errors)?;
    parsed(text, &value.span(), "bad-word", errors)
}

/// A text read as a word of its own type.
pub(crate) fn parsed<T: FromStr>(text: &str, span: &Range<usize>, code: &'static str, errors: &Errors<'_>) -> Option<T>
where
    T::Err: std::fmt::Display,
{
    match text.parse() {
        Ok(word) => Some(word),
        Err(error) => {
            errors.add(code, span, error.to_string());
            None
        }
    }
}

/// A value as a whole number within bounds.
pub(crate) fn number(value: &Value<'_>, path: &str, bounds: std::ops::RangeInclusive<u32>, errors: &Errors<'_>) -> Option<u32> {
    let DeValue::Integer(integer) = value.get_ref() else {
        wrong_type(errors, value, path, "a whole number", value.get_ref());
        return None;
    };
    let number = u32::from_str_radix(integer.as_str(), integer.radix()).ok().filter(|number| bounds.contains(number));
    if number.is_none() {
        let message = format!("`{path}` is a whole number from {} to {}", bounds.start(), bounds.end());
        errors.add("out-of-bounds", &value.span(), message);
    }
    number
}
