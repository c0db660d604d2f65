//! Licences: named, and by an SPDX expression.

use spdx::{Expression, ParseMode};

use super::{Notice, Upload, cut};

/// How strictly an index takes licences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// It refuses what is no SPDX expression.
    Strict,
    /// It takes any text.
    Any,
}

/// What is wrong with a licence, or the lack of one.
pub(super) fn check(upload: &Upload<'_>, licence: Option<&str>, is_named_otherwise: bool, rule: Rule) -> Option<Notice> {
    let strict = rule == Rule::Strict && upload.to_official;
    let Some(licence) = licence.map(str::trim).filter(|text| !text.is_empty()) else {
        return (!is_named_otherwise).then(|| {
            Notice::weighed(
                strict,
                "licence-missing",
                "The package names no licence, so nobody may use it",
                "name one as an SPDX expression, for example `MIT OR Apache-2.0`",
            )
        });
    };
    if Expression::parse(licence).is_ok() {
        return None;
    }
    let text = format!("The licence `{}` is no SPDX expression", cut(licence));
    // The form crates used before there were expressions: the official index still takes it.
    if Expression::parse_mode(licence, ParseMode::LAX).is_ok() {
        let fix = match Expression::canonicalize(licence) {
            Ok(Some(canonical)) => format!("write `{}`", cut(&canonical)),
            Ok(None) | Err(_) => "write it as https://spdx.org/licenses/ spells it, alternatives joined by `OR`".to_owned(),
        };
        return Some(Notice::warning("licence-old-form", text, fix));
    }
    let fix = "use an identifier of https://spdx.org/licenses/, joined by AND, OR or WITH";
    Some(Notice::weighed(strict, "licence-not-spdx", text, fix))
}
