//! Making what programs print comparable: addresses, folders, durations and colours have no place in a golden text.

/// What is called how in golden texts.
#[derive(Debug, Clone, Default)]
pub struct Names(Vec<(String, String)>);

impl Names {
    /// From now on `text` is called `name`; what was named first is replaced last, so that longer texts can be named later.
    #[must_use]
    pub fn with(mut self, text: &str, name: &str) -> Self {
        self.0.push((text.to_owned(), name.to_owned()));
        self
    }

    /// The comparable form of a text.
    pub fn plain(&self, text: &str) -> String {
        let mut text = without_colours(text);
        let mut names: Vec<&(String, String)> = self.0.iter().collect();
        names.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        for (from, to) in names {
            text = text.replace(from.as_str(), to);
        }
        let lines = moments(&ids(&text)).lines().filter(|line| !is_noise(line)).map(line).collect();
        in_order(lines).join("\n")
    }
}

/// Lines that say where a log lies or how far something is, and pnpm's list of registries that nobody asked for.
fn is_noise(line: &str) -> bool {
    let parts = [
        "A complete log of this run can be found in",
        "_logs/",
        "Progress: ",
        "These authorization settings were found",
        "@jsr:registry",
    ];
    parts.iter().any(|part| line.contains(part)) || matches!(line.trim(), "npm error" | "npm notice")
}

/// Downloads end in any order.
fn in_order(mut lines: Vec<String>) -> Vec<String> {
    lines.chunk_by_mut(|one, two| is_download(one) && is_download(two)).for_each(<[String]>::sort);
    lines
}

fn is_download(line: &str) -> bool {
    line.trim_start().starts_with("Downloaded ")
}

fn line(line: &str) -> String {
    let line = line.trim_end();
    let indent: String = line.chars().take_while(|letter| *letter == ' ').collect();
    if let Some(at) = line.find(" interpreter at: ") {
        // Which Python it is depends on the machine.
        return line.get(..at).map_or_else(String::new, |_| format!("{indent}Using <python>"));
    }
    if let Some((files, _)) = line.split_once(" files, ").filter(|(files, _)| files.trim_start().starts_with("Packaged ")) {
        // An address inside of an archive has a port of its own, and so the archive a size of its own.
        return format!("{files} files, <size>");
    }
    let words: Vec<String> = line.split_whitespace().map(word).collect();
    indent + &words.join(" ")
}

fn word(word: &str) -> String {
    let core = word.trim_end_matches([',', '.', ')']);
    let tail = word.get(core.len()..).unwrap_or_default();
    if is_duration(core) { format!("<duration>{tail}") } else { word.to_owned() }
}

/// `0.35s`, `12ms`, `1m`.
fn is_duration(word: &str) -> bool {
    let number = ["ms", "s", "m"].iter().find_map(|unit| word.strip_suffix(unit));
    number.is_some_and(|number| number.starts_with(|letter: char| letter.is_ascii_digit()) && number.parse::<f64>().is_ok())
}

/// The text with the id of every candidate called `<id>`: a UUID in lower case.
fn ids(text: &str) -> String {
    let is_id = |text: &str| text.parse::<vetmoot_domain::CandidateId>().is_ok();
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let is_new_word = output.chars().next_back().is_none_or(|before| !before.is_ascii_alphanumeric());
        let found = rest.split_at_checked(36).filter(|(word, _)| is_new_word && is_id(word));
        let (taken, left) =
            found.map_or_else(|| rest.split_at_checked(letter.len_utf8()).unwrap_or((rest, "")), |(_, left)| ("<id>", left));
        output.push_str(taken);
        rest = left;
    }
    output
}

/// The text with every moment and day called so: `2026-11-20T13:53:00.123Z`, `2026-11-20`, `11/20/2026`.
fn moments(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let is_new_word = output.chars().next_back().is_none_or(|before| !before.is_ascii_alphanumeric());
        let found = if is_new_word && letter.is_ascii_digit() { moment(rest) } else { None };
        let (length, name) = found.unwrap_or((letter.len_utf8(), ""));
        let (taken, left) = rest.split_at_checked(length).unwrap_or((rest, ""));
        output.push_str(if name.is_empty() { taken } else { name });
        rest = left;
    }
    output
}

/// The length of a moment or a day at the beginning of a text, and what it is called.
fn moment(text: &str) -> Option<(usize, &'static str)> {
    const DAY: &str = "dddd-dd-dd";
    if !fits(text, DAY) {
        let us = ["dd/dd/dddd", "d/dd/dddd", "dd/d/dddd", "d/d/dddd"].into_iter().find(|form| fits(text, form))?;
        return Some((us.len(), "<day>"));
    }
    let clock = "Tdd:dd:dd";
    let after = text.get(DAY.len()..).unwrap_or_default();
    if !fits(after, clock) {
        return Some((DAY.len(), "<day>"));
    }
    let fraction = after.get(clock.len()..).unwrap_or_default();
    let end = fraction.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(fraction.len());
    let zone = usize::from(fraction.get(end..).is_some_and(|zone| zone.starts_with('Z')));
    Some((DAY.len() + clock.len() + end + zone, "<time>"))
}

/// Whether a text begins in this form: `d` is any digit, everything else is itself.
fn fits(text: &str, form: &str) -> bool {
    let mut letters = text.chars();
    form.chars().all(|wanted| {
        letters.next().is_some_and(|letter| if wanted == 'd' { letter.is_ascii_digit() } else { letter == wanted })
    })
}

fn without_colours(text: &str) -> String {
    let mut output = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' && letters.peek() == Some(&'[') {
            for letter in letters.by_ref().skip(1) {
                if letter.is_ascii_alphabetic() {
                    break;
                }
            }
        } else if letter != '\r' {
            output.push(letter);
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::Names;

    fn check(text: &str, expected: &str) {
        let names = Names::default().with("http://127.0.0.1:4312", "http://instance").with("/x/vetmoot-ab", "~");
        assert_eq!(names.plain(text), expected);
    }

    #[test]
    fn addresses_folders_colours_and_durations_have_names() {
        check(
            "\u{1b}[32m    Finished\u{1b}[0m in 0.35s (http://127.0.0.1:4312/why) at /x/vetmoot-ab/home\nadded 1 package in 412ms",
            "    Finished in <duration> (http://instance/why) at ~/home\nadded 1 package in <duration>",
        );
    }

    #[test]
    fn a_word_that_only_ends_like_a_duration_stays() {
        check("packages m2s 1.0.0", "packages m2s 1.0.0");
    }

    #[test]
    fn downloads_stand_in_one_order_and_no_interpreter_is_named() {
        check(
            "  Downloaded b v1\n  Downloaded a v1\nUsing CPython 3.11.7 interpreter at: /usr/bin/python3",
            "  Downloaded a v1\n  Downloaded b v1\nUsing <python>",
        );
    }

    #[test]
    fn what_an_archive_weighs_is_not_compared() {
        check("    Packaged 4 files, 1.1KiB (763B compressed)", "    Packaged 4 files, <size>");
    }

    #[test]
    fn the_id_of_a_candidate_is_named() {
        check(
            "see http://127.0.0.1:4312/candidates/0b9c1f5e-aaaa-4bbb-8ccc-0123456789ab.",
            "see http://instance/candidates/<id>.",
        );
    }

    #[test]
    fn a_time_is_named_and_a_log_is_passed_over() {
        check(
            "at 2026-11-20T13:53:00.123Z; on 2026-11-20, 8/22/2026.\nnpm error A complete log of this run can be found in: /x",
            "at <time>; on <day>, <day>.",
        );
    }
}
