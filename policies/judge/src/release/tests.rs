//! A release is what its files are.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use vetmoot_domain::{Digests, JudgedArtifact, Timestamp};

fn decision(word: &str) -> Decision {
    let (file, rest) = word.split_once(' ').unwrap();
    let release: Release = "pkg:pypi/six@1.0".parse().unwrap();
    let artifact = release.artifact((file != "-").then_some(file));
    let (state, phase, bytes) = match rest {
        "listed" => (State::Listed, None, Bytes::Serve),
        "pending" => (State::Held, Some(Phase::Pending), Bytes::Refuse),
        "lapsed" => (State::Held, Some(Phase::Lapsed), Bytes::Serve),
        _ => (State::Refused, None, Bytes::Refuse),
    };
    let until = i64::try_from(file.len()).unwrap();
    Decision {
        artifact: artifact.clone(),
        usage: Use::Runtime,
        state,
        phase,
        bytes,
        valid_until: Some(Timestamp::from_millis(until)),
        reasons: vec![Reason {
            code: "code",
            rule: rest.to_owned(),
            text: String::new(),
            statements: Vec::new(),
            remedy: None,
        }],
        support: Vec::new(),
        artifacts: vec![JudgedArtifact { artifact, digests: Digests::default(), state, bytes }],
    }
}

fn check(files: &[&str], expected: &str) {
    let release: Release = "pkg:pypi/six@1.0".parse().unwrap();
    let judged = release_of(&release, Use::Runtime, files.iter().map(|word| decision(word)).collect());
    let codes: Vec<&str> = judged.reasons.iter().map(|reason| reason.code).collect();
    let told = format!(
        "{} {} {} {:?} of {}: {}",
        judged.state,
        judged.phase.map_or("-", Phase::as_str),
        judged.bytes,
        judged.valid_until.map(Timestamp::millis),
        judged.artifacts.len(),
        codes.join(" ")
    );
    assert_eq!(told, expected, "{files:?}");
    let mut turned: Vec<&str> = files.to_vec();
    turned.reverse();
    assert_eq!(judged, release_of(&release, Use::Runtime, turned.iter().map(|word| decision(word)).collect()));
}

#[test]
fn one_listed_file_lists_the_release_and_the_others_are_named() {
    check(&["a.whl listed", "bb.whl listed"], "listed - serve Some(5) of 2: code");
    check(&["aaa.whl listed", "b.tar pending"], "listed - serve Some(5) of 2: code some-files-withheld");
    check(&["a.whl refused", "b.tar pending"], "held pending refuse Some(5) of 2: code");
    check(&["a.whl refused", "b.tar lapsed"], "held lapsed serve Some(5) of 2: code");
    check(&["a.whl refused", "b.tar refused"], "refused - refuse Some(5) of 2: code");
    check(&["- pending"], "held pending refuse Some(1) of 1: code");
    check(&[], "held pending refuse None of 0: no-artifacts");
}
