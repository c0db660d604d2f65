//! The part of Structured Fields (RFC 9651) that signatures need, read strictly: one member, no component parameters.

use super::SignatureError;
use crate::limits::{ADDRESS_BYTES_MAX, COMPONENTS_MAX, SIGNATURE_FIELD_BYTES_MAX};

/// Most parameters of one signature.
const PARAMETERS_MAX: usize = 12;

/// The one member of `Signature-Input`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SignatureInput<'a> {
    /// Its label.
    pub(super) label: &'a str,
    /// Its value as it came, which is what `@signature-params` is.
    pub(super) raw: &'a str,
    /// The components covered, in order.
    pub(super) components: Vec<&'a str>,
    parameters: Vec<(&'a str, Parameter<'a>)>,
}

/// The value of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parameter<'a> {
    /// A string.
    Text(&'a str),
    /// An integer, as its digits.
    Number(&'a str),
}

impl<'a> SignatureInput<'a> {
    /// The parameter of this name.
    pub(super) fn parameter(&self, name: &str) -> Option<Parameter<'a>> {
        self.parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

const fn unreadable(why: &'static str) -> SignatureError {
    SignatureError::Unreadable(why)
}

/// Reads `label=("a" "b");created=1;keyid="..."`.
pub(super) fn signature_input(text: &str) -> Result<SignatureInput<'_>, SignatureError> {
    let (label, raw) = member(text)?;
    let mut rest = raw.strip_prefix('(').ok_or(unreadable("it is no list of components"))?;
    let mut components = Vec::new();
    loop {
        rest = rest.trim_start_matches(' ');
        if let Some(after) = rest.strip_prefix(')') {
            rest = after;
            break;
        }
        let (name, after) = string(rest)?;
        // A component with parameters (`;req`, `;bs`) has another value than the one taken here.
        if !after.starts_with([' ', ')']) || !is_component(name) || components.len() >= COMPONENTS_MAX {
            return Err(unreadable("a component has parameters, is no name, or there are too many"));
        }
        components.push(name);
        rest = after;
    }
    let mut parameters: Vec<(&str, Parameter<'_>)> = Vec::new();
    while let Some(after) = rest.strip_prefix(';') {
        let after = after.trim_start_matches(' ');
        let (name, value) = after.split_once('=').ok_or(unreadable("a parameter has no value"))?;
        let (value, after) = if value.starts_with('"') {
            let (value, after) = string(value)?;
            (Parameter::Text(value), after)
        } else {
            let (digits, after) = value.split_at(value.bytes().take_while(u8::is_ascii_digit).count());
            (Parameter::Number(digits), after)
        };
        if !is_key(name) || parameters.iter().any(|(known, _)| *known == name) || parameters.len() >= PARAMETERS_MAX {
            return Err(unreadable("a parameter comes twice, is no name, or there are too many"));
        }
        parameters.push((name, value));
        rest = after;
    }
    if rest.is_empty() {
        Ok(SignatureInput { label, raw, components, parameters })
    } else {
        Err(unreadable("there is more than one signature, or something after it"))
    }
}

/// Reads `label=:base64:`, the text between the colons.
pub(super) fn byte_sequence<'a>(text: &'a str, label: &str) -> Result<&'a str, SignatureError> {
    let (found, value) = member(text)?;
    let inner = value.strip_prefix(':').and_then(|rest| rest.strip_suffix(':'));
    match inner {
        Some(inner) if found == label && !inner.contains(':') => Ok(inner),
        _ => Err(unreadable("`Signature` holds not the one signature that `Signature-Input` describes")),
    }
}

fn member(text: &str) -> Result<(&str, &str), SignatureError> {
    if text.len() > SIGNATURE_FIELD_BYTES_MAX {
        return Err(unreadable("it is too long"));
    }
    let (label, value) = text.split_once('=').ok_or(unreadable("it is no dictionary"))?;
    if is_key(label) { Ok((label, value)) } else { Err(unreadable("its label is no name")) }
}

/// A string at the beginning of the text, and what follows; escapes are not read.
fn string(text: &str) -> Result<(&str, &str), SignatureError> {
    let inner = text.strip_prefix('"').ok_or(unreadable("a string is not quoted"))?;
    let (value, after) = inner.split_once('"').ok_or(unreadable("a quote is not closed"))?;
    if value.contains('\\') || value.len() > ADDRESS_BYTES_MAX {
        return Err(unreadable("a string is escaped or too long"));
    }
    Ok((value, after))
}

fn is_key(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'.' | b'*');
    text.starts_with(|first: char| first.is_ascii_lowercase() || first == '*') && text.len() <= 64 && text.bytes().all(inner)
}

fn is_component(name: &str) -> bool {
    let bare = name.strip_prefix('@').unwrap_or(name);
    !bare.is_empty()
        && bare.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
}
