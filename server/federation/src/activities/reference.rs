//! A property that holds an address or a whole object: ActivityPub allows both nearly everywhere.

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use url::Url;

/// An object named by its address, or embedded.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Its address; an embedded object may have none.
    pub id: Option<Url>,
    /// The object, where it is embedded.
    pub embedded: Option<Value>,
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || de::Error::custom("an address or an object belongs here");
        match Value::deserialize(deserializer)? {
            Value::String(text) => {
                let id = text.parse().map_err(|_| wrong())?;
                Ok(Self { id: Some(id), embedded: None })
            }
            Value::Object(object) => {
                // `href` is how a Link names what it leads to.
                let named = object.get("id").or_else(|| object.get("href")).and_then(Value::as_str);
                let id = named.map(str::parse).transpose().map_err(|_| wrong())?;
                Ok(Self { id, embedded: Some(Value::Object(object)) })
            }
            _ => Err(wrong()),
        }
    }
}

impl Reference {
    /// The embedded object's type, when it is a plain string.
    pub fn kind(&self) -> Option<&str> {
        self.embedded.as_ref()?.get("type")?.as_str()
    }
    /// The address of the embedded object's property, itself an address or an object.
    pub fn inner(&self, property: &str) -> Option<Url> {
        super::rules::id_of(self.embedded.as_ref()?.get(property)?)?.parse().ok()
    }
}
