//! The rule about the length of functions, with a reader of just as much Rust as it needs.

use super::{House, files};

/// Longer than this no function may be, from `fn` to its closing brace.
const TOO_LONG: usize = 70;

/// Functions beyond the limit; tests apart.
pub fn too_long(house: &House) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in house.rust_files().filter(|(path, _)| !files::is_apart(path)) {
        for function in functions(text).into_iter().filter(|function| function.lines > TOO_LONG) {
            faults.push(format!("{path}:{}: {} has {} lines", function.line, function.name, function.lines));
        }
    }
    faults
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) lines: usize,
}

/// Finds the functions of a file. Comments and literals are blanked first, so braces count for what they are.
pub(super) fn functions(text: &str) -> Vec<Function> {
    let code = blanked(text);
    let mut found = Vec::new();
    for (line, content) in code.lines().enumerate() {
        let Some(name) = name_of(content) else { continue };
        if let Some(lines) = body_lines(code.lines().skip(line), content) {
            found.push(Function { name, line: line + 1, lines });
        }
    }
    found
}

/// The name after the word `fn`, where a line holds one.
fn name_of(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    words.find(|word| *word == "fn")?;
    let name: String = words.next()?.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// Lines from the first one to the brace that closes the body; nothing for a declaration that ends in `;`.
fn body_lines<'a>(lines: impl Iterator<Item = &'a str>, first: &str) -> Option<usize> {
    let start = first.find("fn ")?;
    let (mut braces, mut brackets) = (0_usize, 0_usize);
    for (number, line) in lines.enumerate() {
        let line = if number == 0 { line.get(start..)? } else { line };
        for letter in line.chars() {
            match letter {
                '(' | '[' => brackets += 1,
                ')' | ']' => brackets = brackets.saturating_sub(1),
                '{' => braces += 1,
                '}' => {
                    braces = braces.saturating_sub(1);
                    if braces == 0 {
                        return Some(number + 1);
                    }
                }
                ';' if braces == 0 && brackets == 0 => return None,
                _ => {}
            }
        }
    }
    None
}

/// The text with comments, strings and characters replaced by spaces; line breaks stay.
fn blanked(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let skip = comment(rest)
            .or_else(|| raw_string(rest, output.chars().next_back()))
            .or_else(|| string(rest))
            .or_else(|| character(rest));
        let length = skip.unwrap_or_else(|| letter.len_utf8());
        let (taken, left) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if skip.is_some() {
            output.extend(taken.chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }));
        } else {
            output.push_str(taken);
        }
        rest = left;
    }
    output
}

fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    let inner = rest.strip_prefix("/*")?;
    Some(inner.find("*/").map_or(rest.len(), |end| end + 4))
}

fn raw_string(rest: &str, before: Option<char>) -> Option<usize> {
    if before.is_some_and(|letter| letter != 'b' && (letter.is_alphanumeric() || letter == '_')) {
        return None;
    }
    let hashes = rest.strip_prefix('r')?;
    let inner = hashes.trim_start_matches('#');
    let count = hashes.len() - inner.len();
    let body = inner.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(count));
    Some(body.find(&end).map_or(rest.len(), |at| 2 + count + at + end.len()))
}

fn string(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('"')?;
    let mut escaped = false;
    for (at, letter) in body.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 2),
            _ => {}
        }
    }
    Some(rest.len())
}

/// A character literal, not a lifetime: `'{'`, `'\n'`, `'\u{7f}'`.
fn character(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('\'')?;
    if let Some(escape) = body.strip_prefix('\\') {
        let first = escape.chars().next()?.len_utf8();
        return escape.get(first..)?.find('\'').map(|end| 2 + first + end + 1);
    }
    let letter = body.chars().next()?;
    body.get(letter.len_utf8()..)?.starts_with('\'').then(|| 2 + letter.len_utf8())
}
