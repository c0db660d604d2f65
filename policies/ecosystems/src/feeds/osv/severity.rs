//! How bad an advisory is: CVSS vectors of every version first, words second.

use vetmoot_domain::Severity;

use super::wire::SeverityWire;

/// The verdict of a record on its own severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Grade {
    pub severity: Option<Severity>,
    /// The score times ten, 0 to 100.
    pub tenths: Option<u16>,
}

/// The grade by the newest version of CVSS that can be read, the highest score where there are several of it.
pub(super) fn by_vectors<'a>(vectors: impl IntoIterator<Item = &'a SeverityWire>) -> Option<Grade> {
    let graded = vectors.into_iter().filter_map(|one| {
        let newness = match one.kind.as_str() {
            "CVSS_V4" => 4_u8,
            "CVSS_V3" => 3,
            "CVSS_V2" => 2,
            _ => return None,
        };
        Some((newness, by_vector(one.score.as_str())?))
    });
    graded.max_by_key(|(newness, grade)| (*newness, grade.tenths)).map(|(_, grade)| grade)
}

/// The grade of one vector; none when it cannot be read.
pub(super) fn by_vector(vector: &str) -> Option<Grade> {
    // Version 2 is sometimes written with its number in front, or in brackets; the vector itself has neither.
    let vector = vector.trim().trim_start_matches('(').trim_end_matches(')');
    let vector = vector.strip_prefix("CVSS:2.0/").unwrap_or(vector);
    if vector.len() > 512 {
        return None;
    }
    let score = vector.parse::<cvss::Cvss>().ok()?.score();
    // Through text, since there is no other way from a float to an integer that cannot lose anything unseen.
    let tenths: u16 = format!("{:.0}", score * 10.0).parse().ok().filter(|tenths| *tenths <= 100)?;
    let severity = match tenths {
        0 => Severity::Info,
        1..=39 => Severity::Low,
        40..=69 => Severity::Medium,
        70..=89 => Severity::High,
        _ => Severity::Critical,
    };
    Some(Grade { severity: Some(severity), tenths: Some(tenths) })
}

/// The grade of a word such as `MODERATE`.
pub(super) fn by_word(word: &str) -> Option<Grade> {
    let severity = match word.to_ascii_lowercase().as_str() {
        "info" | "informational" | "none" => Severity::Info,
        "low" | "minor" => Severity::Low,
        "medium" | "moderate" => Severity::Medium,
        "high" | "important" => Severity::High,
        "critical" => Severity::Critical,
        _ => return None,
    };
    Some(Grade { severity: Some(severity), tenths: None })
}
