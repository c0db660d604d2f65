//! The shelf: ready policies that every build carries.

/// Name and document of each.
const SHELF: &[(&str, &str)] = &[
    ("cooldown", include_str!("../../shelf/cooldown.toml")),
    ("safe-to-deploy", include_str!("../../shelf/safe-to-deploy.toml")),
    ("balanced", include_str!("../../shelf/balanced.toml")),
    ("strict", include_str!("../../shelf/strict.toml")),
];

/// The ready policies: name and TOML, the mildest first.
pub fn shelf() -> &'static [(&'static str, &'static str)] {
    SHELF
}

#[cfg(test)]
mod tests;
