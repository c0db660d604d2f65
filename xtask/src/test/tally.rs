//! Counting: reads the lines a test runner prints and adds them up.

/// What was counted over all suites.
#[derive(Debug, Default)]
pub struct Tally {
    /// Checks and tests that passed.
    pub passed: usize,
    /// Checks and tests that failed.
    pub failed: usize,
    /// Tests that run only when asked for.
    pub ignored: usize,
    /// One line for each failure.
    pub failures: Vec<String>,
    /// Tests that failed first and passed when they ran again: defects, of the test or of the product.
    pub flaky: Vec<String>,
}

impl Tally {
    /// Counts one check.
    pub fn record(&mut self, name: &str, good: bool) {
        if good {
            self.passed += 1;
        } else {
            self.fail(name.to_owned());
        }
    }

    /// Counts one failure.
    pub fn fail(&mut self, line: String) {
        self.failed += 1;
        self.failures.push(line);
    }

    /// Adds a runner's counts; a runner that ended badly or ran nothing is a failure of its own.
    pub fn add(&mut self, reader: Reader, ended_well: bool) {
        self.passed += reader.passed;
        self.failed += reader.failed;
        self.ignored += reader.ignored;
        self.flaky.extend(reader.flaky);
        self.failures.extend(reader.names.into_iter().map(|name| format!("test {name}")));
        if reader.passed + reader.failed == 0 {
            self.fail("no test ran".to_owned());
        } else if !ended_well && reader.failed == 0 {
            self.fail("the test runner ended badly although no test failed".to_owned());
        }
    }

    /// Whether something passed and nothing failed.
    pub fn is_good(&self) -> bool {
        self.failed == 0 && self.passed > 0
    }
}

/// Reads the lines of `cargo test` and of `cargo nextest run`.
#[derive(Debug, Default)]
pub struct Reader {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed, ran out of time or could not start.
    pub failed: usize,
    /// Tests that were not asked for.
    pub ignored: usize,
    /// The names of those that failed.
    pub names: Vec<String>,
    /// The names of those that passed only when they ran again.
    pub flaky: Vec<String>,
}

impl Reader {
    /// Takes one line; lines that count nothing are passed over.
    pub fn read(&mut self, line: &str) {
        // What a failed test itself printed is shown indented, counts of its own included.
        let is_outermost = !line.starts_with(' ');
        let line = line.trim();
        if !is_outermost && (line.starts_with("test result:") || line.starts_with("test ")) {
            return;
        }
        if let Some(counts) = line.strip_prefix("test result:") {
            let counts = counts.split_once('.').map_or(counts, |(_, counts)| counts);
            self.count(counts.split(';'));
        } else if let Some((_, counts)) = line.strip_prefix("Summary [").and_then(|rest| rest.split_once("run:")) {
            self.count(counts.split(','));
        } else if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
            self.names.push(name.to_owned());
        } else if let Some((name, outcome)) = nextest_outcome(line) {
            let names = if outcome == Outcome::Flaky { &mut self.flaky } else { &mut self.names };
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }

    fn count<'a>(&mut self, counts: impl Iterator<Item = &'a str>) {
        for part in counts {
            let mut words = part.split_whitespace();
            let (Some(Ok(number)), Some(word)) = (words.next().map(str::parse::<usize>), words.next()) else { continue };
            match word {
                "passed" => self.passed += number,
                "failed" | "timed" | "exec" => self.failed += number,
                "ignored" | "skipped" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[derive(PartialEq, Eq)]
enum Outcome {
    Failed,
    Flaky,
}

/// `FAIL [   0.012s] (3/9) vetmoot-tests::it a_name`, also `TIMEOUT` and `SIGABRT` and their like; the last of several
/// tries is `TRY 2 FAIL [ ...`, and one that passed in the end `FLAKY 2/2 [ ...`.
fn nextest_outcome(line: &str) -> Option<(String, Outcome)> {
    let (status, rest) = line.split_once(" [")?;
    let outcome = if status.starts_with("FLAKY") { Outcome::Flaky } else { Outcome::Failed };
    let last = status.strip_prefix("TRY ").and_then(|tried| tried.split_once(' ')).map_or(status, |(_, last)| last);
    let is_failure =
        matches!(last, "FAIL" | "TIMEOUT" | "XFAIL" | "ABORT") || last.starts_with("SIG") || outcome == Outcome::Flaky;
    let (_, name) = rest.split_once(']')?;
    let name = name.trim();
    let name = if name.starts_with('(') { name.split_once(')')?.1.trim() } else { name };
    is_failure.then(|| (name.to_owned(), outcome))
}

#[cfg(test)]
mod tests;
