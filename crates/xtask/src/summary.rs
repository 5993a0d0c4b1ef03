//! Reads the last line of nextest.

/// How many tests did what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    pub run: u64,
    pub passed: u64,
    /// Failed, timed out, or could not be started.
    pub failed: u64,
    pub skipped: u64,
}

impl Summary {
    /// From a line like `Summary [ 1.234s] 20 tests run: 18 passed (1 slow), 1 failed, 1 timed out, 2 skipped`; `None`
    /// for any other line. A run that was stopped says `17/20 tests run`: the missing ones count as failed.
    pub fn parse(line: &str) -> Option<Self> {
        let line = without_colours(line);
        let line = line.trim().strip_prefix("Summary")?;
        let (_, counts) = line.split_once(']')?;
        let (run, results) = counts.split_once(" run:")?;
        let run = run.split_whitespace().next()?;
        let (run, planned) = run.split_once('/').unwrap_or((run, run));
        let (run, planned): (u64, u64) = (run.parse().ok()?, planned.parse().ok()?);
        let (mut passed, mut skipped) = (0, 0);
        // What stands in parentheses (slow, leaky, flaky) is part of the number before it.
        let mut depth = 0;
        let outside: String = results
            .chars()
            .filter(|c| {
                depth += i32::from(*c == '(');
                let keep = depth == 0;
                depth -= i32::from(*c == ')');
                keep
            })
            .collect();
        for result in outside.split(',') {
            let mut words = result.split_whitespace();
            let (count, kind) = (words.next()?.parse::<u64>().ok()?, words.next()?);
            match kind {
                "passed" => passed += count,
                "skipped" => skipped += count,
                _ => {}
            }
        }
        Some(Self { run, passed, failed: planned.saturating_sub(passed), skipped })
    }
}

/// Without ANSI escape sequences.
fn without_colours(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, text)| text));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_nextest_says() {
        let cases = [
            ("     Summary [   0.016s] 3 tests run: 3 passed, 0 skipped", Some((3, 3, 0, 0))),
            ("Summary [ 61.1s] 1 test run: 1 passed (1 slow, 1 leaky), 2 skipped", Some((1, 1, 0, 2))),
            (
                "Summary [ 1.0s] 5 tests run: 2 passed, 1 failed, 1 timed out, 1 exec failed, 0 skipped",
                Some((5, 2, 3, 0)),
            ),
            ("Summary [ 1.0s] 3/9 tests run: 2 passed, 1 failed, 0 skipped", Some((3, 2, 7, 0))),
            (
                "\u{1b}[32;1m     Summary\u{1b}[0m [   0.0s] \u{1b}[1m2\u{1b}[0m tests run: \u{1b}[1m2\u{1b}[0m \
                 \u{1b}[32;1mpassed\u{1b}[0m, \u{1b}[1m0\u{1b}[0m \u{1b}[33;1mskipped\u{1b}[0m",
                Some((2, 2, 0, 0)),
            ),
            ("        PASS [   0.0s] a::tests b", None),
            ("Summary of something else", None),
        ];
        for (line, expected) in cases {
            let found = Summary::parse(line).map(|s| (s.run, s.passed, s.failed, s.skipped));
            assert_eq!(found, expected, "{line}");
        }
    }
}
