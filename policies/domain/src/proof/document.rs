//! Documents read so strictly that every reader sees the same, and their canonical form.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::error::{ProofError, shown};
use super::limits::{DOCUMENT_BYTES_MAX, DOCUMENT_DEPTH_MAX, INTEGER_MAX};

/// Reads a document whose proof is to be looked at: bounded in size and depth, no member named twice, no number that
/// another implementation would round (RFC 7493).
pub fn parse(bytes: &[u8]) -> Result<Value, ProofError> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(ProofError::TooLarge);
    }
    let mut found = None;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = Strict { depth: 0, found: &mut found }.deserialize(&mut reader).and_then(|value| {
        reader.end()?;
        Ok(value)
    });
    read.map_err(|error| found.unwrap_or_else(|| ProofError::Unreadable { cause: shown(&error.to_string()) }))
}

/// The canonical form of a document (RFC 8785), within the same bounds as [`parse`].
pub fn canonical(document: &Value) -> Result<Vec<u8>, ProofError> {
    check(document)?;
    let bytes = serde_json_canonicalizer::to_vec(document)
        .map_err(|error| ProofError::Unreadable { cause: shown(&error.to_string()) })?;
    if bytes.len() > DOCUMENT_BYTES_MAX { Err(ProofError::TooLarge) } else { Ok(bytes) }
}

/// Checks depth and numbers without recursion.
fn check(document: &Value) -> Result<(), ProofError> {
    let mut open = vec![(document, 0)];
    while let Some((value, depth)) = open.pop() {
        if depth > DOCUMENT_DEPTH_MAX {
            return Err(ProofError::TooDeep);
        }
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(members) => open.extend(members.values().map(|item| (item, depth + 1))),
            Value::Number(number) => check_number(number)?,
            Value::Null | Value::Bool(_) | Value::String(_) => {}
        }
    }
    Ok(())
}

fn check_number(number: &Number) -> Result<(), ProofError> {
    let magnitude = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
    match magnitude {
        Some(magnitude) if magnitude > INTEGER_MAX => Err(ProofError::NumberNotExact { number: number.to_string() }),
        _ => Ok(()),
    }
}

/// Reads one value at some depth; what is wrong beyond syntax goes into `found`.
struct Strict<'a> {
    depth: usize,
    found: &'a mut Option<ProofError>,
}

impl Strict<'_> {
    fn refuse<E: de::Error>(self, why: ProofError) -> E {
        let error = E::custom(&why);
        *self.found = Some(why);
        error
    }
    fn number<E: de::Error>(self, number: Number) -> Result<Value, E> {
        match check_number(&number) {
            Ok(()) => Ok(Value::Number(number)),
            Err(why) => Err(self.refuse(why)),
        }
    }
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth >= DOCUMENT_DEPTH_MAX {
            return Err(self.refuse(ProofError::TooDeep));
        }
        Ok(Self { depth: self.depth + 1, found: self.found })
    }
    fn again(&mut self) -> Strict<'_> {
        Strict { depth: self.depth, found: self.found }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        self.number(value.into())
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        self.number(value.into())
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        match Number::from_f64(value) {
            Some(number) => Ok(Value::Number(number)),
            None => Err(self.refuse(ProofError::NumberNotExact { number: value.to_string() })),
        }
    }
    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut inner = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner.again())? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(inner.refuse(ProofError::DuplicateKey { key: shown(&key) }));
            }
            let value = members.next_value_seed(inner.again())?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
