//! The difference to the last released version, the riskiest files first.

use vetmoot_frontend::parts::{ArchiveDifference, DiffLine, Difference, FileDifference, Hunk};
use vetmoot_workflows::submission::difference::{self, Counts, Fate, FileComparison, FileState, LineKind, TextDifference};
use vetmoot_workflows::submission::{Candidate, difference as workflow};

use crate::limits::{DIFFERENCE_FILES_SHOWN, DIFFERENCE_LINES_SHOWN};
use crate::pages::moment::{counted, sentence, size};
use crate::pages::visit::Visit;

/// The difference, or why none is shown.
pub async fn of(visit: &Visit, found: &Candidate) -> (Option<Difference>, Option<String>) {
    match workflow::of(&visit.ctx, &found.row.id).await {
        Ok(all) => (Some(shown(&all)), None),
        Err(trouble) => (None, Some(format!("The difference could not be made: {}", sentence(&trouble.text)))),
    }
}

fn shown(all: &difference::Difference) -> Difference {
    // One bound for the page: what one archive uses up, the next has not.
    let mut room = Room { lines: DIFFERENCE_LINES_SHOWN, files: DIFFERENCE_FILES_SHOWN };
    Difference {
        sentence: match &all.against {
            Some(version) => format!("Compared with {version}, the last release."),
            None => "It is the first release, so everything is new.".to_owned(),
        },
        archives: all.files.iter().map(|file| archive(file, &mut room)).collect(),
    }
}

/// What may still be shown.
struct Room {
    lines: usize,
    files: usize,
}

fn archive(file: &FileComparison, room: &mut Room) -> ArchiveDifference {
    let difference = file.difference.as_ref();
    let mut files: Vec<(u8, &'static str, &difference::FileDifference)> =
        difference.map(|all| all.files.iter().map(ranked).collect()).unwrap_or_default();
    files.sort_by(|(a, _, one), (b, _, other)| a.cmp(b).then_with(|| one.path.cmp(&other.path)));
    let count = files.len();
    let shown: Vec<FileDifference> = files.into_iter().take(room.files).map(|(_, risk, file)| one(file, risk, room)).collect();
    room.files = room.files.saturating_sub(shown.len());
    let left_out = difference.map_or(0, |all| all.left_out) + count - shown.len();
    ArchiveDifference {
        file: file.file_name.clone(),
        against: file.base.as_ref().map(|base| base.file_name.clone()),
        note: file.note.as_deref().map(sentence),
        counts: difference.map(|all| counts(&all.counts)).unwrap_or_default(),
        files: shown,
        left_out: u64::try_from(left_out).unwrap_or(u64::MAX),
    }
}

fn counts(counts: &Counts) -> String {
    let mut files = Vec::new();
    for (count, word) in [(counts.added, "added"), (counts.changed, "changed"), (counts.removed, "removed")] {
        if count > 0 {
            files.push(format!("{} {word}", counted(count, "file")));
        }
    }
    if files.is_empty() {
        return "No file differs.".to_owned();
    }
    let lines = format!("{} lines added, {} removed", counts.lines_added, counts.lines_removed);
    sentence(&format!("{}; {lines}", files.join(", ")))
}

/// Where a file stands in the list, and why: what runs by itself first, then what cannot be read.
fn ranked(file: &difference::FileDifference) -> (u8, &'static str, &difference::FileDifference) {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    let gone = file.fate == Fate::Removed;
    let executable = |state: &Option<FileState>| state.as_ref().is_some_and(|state| state.executable);
    let (rank, why) = match name {
        _ if gone => (6, ""),
        "build.rs" => (0, "runs when it is built"),
        "setup.py" | "setup.cfg" | "conftest.py" => (0, "runs when it is built or tested"),
        "package.json" | "binding.gyp" => (0, "may run when it is installed"),
        "Cargo.toml" | "pyproject.toml" | "METADATA" | "PKG-INFO" => (1, "says what it depends on"),
        _ if name.ends_with(".pth") => (0, "runs whenever Python starts"),
        _ if executable(&file.new) && !executable(&file.old) => (2, "may be executed now"),
        _ if matches!(file.text, TextDifference::Binary) => (3, "binary: its bytes cannot be read here"),
        _ if matches!(file.text, TextDifference::TooLong { .. }) => (4, "too long to be compared"),
        _ => (5, ""),
    };
    (rank, why, file)
}

fn one(file: &difference::FileDifference, risk: &str, room: &mut Room) -> FileDifference {
    let bytes = |state: &Option<FileState>| state.as_ref().map(|state| size(state.size));
    let mut shown = FileDifference {
        path: file.path.clone(),
        fate: match file.fate {
            Fate::Mode => "executable bit".to_owned(),
            fate => fate.to_string(),
        },
        sizes: match (bytes(&file.old), bytes(&file.new)) {
            (Some(old), Some(new)) if old == new => new,
            (Some(old), Some(new)) => format!("{old} to {new}"),
            (old, new) => new.or(old).unwrap_or_default(),
        },
        risk: risk.to_owned(),
        ..FileDifference::default()
    };
    let note = match &file.text {
        TextDifference::Lines { added, removed, hunks, cut } => {
            (shown.added, shown.removed) = (*added, *removed);
            shown.cut = *cut;
            for hunk in hunks {
                if hunk.lines.len() > room.lines {
                    shown.cut = true;
                    break;
                }
                room.lines -= hunk.lines.len();
                shown.hunks.push(place(hunk));
            }
            None
        }
        TextDifference::Binary => Some("It is no text; its digests are all there is to compare."),
        TextDifference::TooLong { .. } => Some("It is longer than what is compared here."),
        TextDifference::NotCompared => Some("The files before it used up what is compared; look at it by itself."),
        TextDifference::Same => Some("Its bytes are the same."),
    };
    shown.note = note.map(str::to_owned);
    shown
}

/// One changed place as pages show it.
pub fn place(hunk: &difference::Hunk) -> Hunk {
    let line = |line: &difference::Line| DiffLine {
        kind: line.kind.to_string(),
        number: if line.kind == LineKind::Removed { line.old } else { line.new },
        text: line.text.clone(),
        cut: line.cut,
    };
    Hunk { place: span(hunk), lines: hunk.lines.iter().map(line).collect() }
}

/// "lines 10 to 14, before 10 to 12".
fn span(hunk: &difference::Hunk) -> String {
    let of = |start: u32, count: u32| match count {
        0 => "none".to_owned(),
        1 => start.to_string(),
        more => format!("{start} to {}", start.saturating_add(more - 1)),
    };
    match (hunk.old_lines, hunk.new_lines) {
        (0, new) => format!("lines {}", of(hunk.new_start, new)),
        (old, 0) => format!("lines {} before", of(hunk.old_start, old)),
        (old, new) => format!("lines {}, before {}", of(hunk.new_start, new), of(hunk.old_start, old)),
    }
}
