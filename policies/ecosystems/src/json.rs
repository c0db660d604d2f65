//! Reading JSON by its ranges: one pass, no tree, every value still lying where it came from.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, de};
use serde_json::value::RawValue;

/// A range of a document's bytes. Documents are bounded far below 4 GiB, so that half the usual width is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The range between two positions; empty when they are not in order or beyond any document.
    pub(crate) fn between(start: usize, end: usize) -> Self {
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) if start <= end => Self { start, end },
            _ => Self::default(),
        }
    }
    /// Where `part`, a slice of `whole`, lies in it.
    pub(crate) fn of(whole: &str, part: &str) -> Self {
        let start = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
        Self::between(start, start.saturating_add(part.len()))
    }
    /// The bytes in the range; none when the document is shorter.
    pub(crate) fn of_bytes(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start()..self.end()).unwrap_or_default()
    }
    /// The text in the range.
    pub(crate) fn of_text(self, text: &str) -> &str {
        text.get(self.start()..self.end()).unwrap_or_default()
    }
    pub(crate) fn start(self) -> usize {
        usize::try_from(self.start).unwrap_or(usize::MAX)
    }
    pub(crate) fn end(self) -> usize {
        usize::try_from(self.end).unwrap_or(usize::MAX)
    }
}

/// What reads the members of one JSON object. It must take the value of every member it is shown.
pub(crate) trait Members<'de> {
    /// Takes one member.
    fn member<A: MapAccess<'de>>(&mut self, key: Cow<'de, str>, map: &mut A) -> Result<(), A::Error>;
}

/// Walks an object; `Ok(false)` when the text is another kind of JSON.
pub(crate) fn walk<'de, M: Members<'de>>(text: &'de str, members: &mut M) -> Result<bool, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let is_object = ObjectOf(members).deserialize(&mut reader)?;
    reader.end()?;
    Ok(is_object)
}

/// Walks an object that is the value of a member just shown.
pub(crate) fn walk_value<'de, A, M>(map: &mut A, members: &mut M) -> Result<bool, A::Error>
where
    A: MapAccess<'de>,
    M: Members<'de>,
{
    map.next_value_seed(ObjectOf(members))
}

/// The value of a member just shown, as it stands in the document.
pub(crate) fn raw<'de, A: MapAccess<'de>>(map: &mut A) -> Result<&'de str, A::Error> {
    Ok(map.next_value::<&'de RawValue>()?.get())
}

/// Passes over the value of a member just shown.
pub(crate) fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(|_| ())
}

/// Shows each member of a small object with its raw value; `Ok(false)` when the text is another kind of JSON.
pub(crate) fn each_member<'de>(text: &'de str, each: impl FnMut(Cow<'de, str>, &'de str)) -> Result<bool, serde_json::Error> {
    struct Each<F>(F);
    impl<'de, F: FnMut(Cow<'de, str>, &'de str)> Members<'de> for Each<F> {
        fn member<A: MapAccess<'de>>(&mut self, key: Cow<'de, str>, map: &mut A) -> Result<(), A::Error> {
            let value = raw(map)?;
            (self.0)(key, value);
            Ok(())
        }
    }
    walk(text, &mut Each(each))
}

/// Shows each element of an array as it stands; `Ok(false)` when the text is another kind of JSON.
pub(crate) fn each_element<'de>(text: &'de str, each: impl FnMut(&'de str)) -> Result<bool, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let is_array = reader.deserialize_any(ArrayVisitor(each))?;
    reader.end()?;
    Ok(is_array)
}

/// The text of a JSON string; none when the value is no string.
pub(crate) fn string(value: &str) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(value).ok().map(Cow::Owned)
}

/// Appends a text as a JSON string.
pub(crate) fn push_string(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("writing a text into memory cannot fail");
}

struct ObjectOf<'m, M>(&'m mut M);

impl<'de, M: Members<'de>> DeserializeSeed<'de> for ObjectOf<'_, M> {
    type Value = bool;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Values of another kind than the one wanted are passed over and reported as `false`.
macro_rules! other_scalars {
    () => {
        fn visit_bool<E: de::Error>(self, _: bool) -> Result<bool, E> {
            Ok(false)
        }
        fn visit_i64<E: de::Error>(self, _: i64) -> Result<bool, E> {
            Ok(false)
        }
        fn visit_u64<E: de::Error>(self, _: u64) -> Result<bool, E> {
            Ok(false)
        }
        fn visit_f64<E: de::Error>(self, _: f64) -> Result<bool, E> {
            Ok(false)
        }
        fn visit_str<E: de::Error>(self, _: &str) -> Result<bool, E> {
            Ok(false)
        }
        fn visit_unit<E: de::Error>(self) -> Result<bool, E> {
            Ok(false)
        }
    };
}

impl<'de, M: Members<'de>> Visitor<'de> for ObjectOf<'_, M> {
    type Value = bool;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        while let Some(key) = map.next_key_seed(Key)? {
            self.0.member(key, &mut map)?;
        }
        Ok(true)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(false)
    }
    other_scalars!();
}

struct ArrayVisitor<F>(F);

impl<'de, F: FnMut(&'de str)> Visitor<'de> for ArrayVisitor<F> {
    type Value = bool;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(false)
    }
    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<bool, A::Error> {
        while let Some(element) = seq.next_element::<&'de RawValue>()? {
            (self.0)(element.get());
        }
        Ok(true)
    }
    other_scalars!();
}

/// A key, borrowed from the document unless it is written with escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_borrowed_str<E: de::Error>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }
    fn visit_str<E: de::Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}
