//! Writes sample cards into a folder: `cargo run -p vetmoot-frontend --example cards -- FOLDER`.

use vetmoot_frontend::card::Card;
use vetmoot_frontend::parts::State;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "cards".to_owned());
    std::fs::create_dir_all(&folder)?;
    let audit = Card {
        kind: "Audit".into(),
        state: Some(State::Listed),
        word: "safe-to-deploy".into(),
        title: "serde 1.0.218 \u{2192} 1.0.219 (cargo)".into(),
        text:
            "ada read it in depth. Two findings: the quick brown fox jumps over 13 lazy dogs & {vexes} [Zoë]; 24678905% #@$?!"
                .into(),
        instance: "Harbour Packages".into(),
        host: "vet.example".into(),
    };
    let cards = [
        audit.clone(),
        Card { state: Some(State::Refused), word: "violation of safe-to-run".into(), title: "@harbour/very-long-name-of-a-package-that-goes-on-and-on-and-on-until-it-is-cut 12.0.0-alpha.1+build.20260101 (npm)".into(), ..audit.clone() },
        Card { state: Some(State::Held), word: "held".into(), kind: "Release".into(), title: "six 1.17.0".into(), text: "Balanced: it is 3 days old and the policy waits 7.".into(), ..audit.clone() },
        Card { state: None, kind: "Policy".into(), title: "ABCDEFGHIJKLMNOPQRSTUVWXYZ".into(), text: "abcdefghijklmnopqrstuvwxyz 0123456789 +-*/=<>|~^`'\"\\_ (x) . , : ; \u{4e2d}".into(), ..audit.clone() },
        Card { state: Some(State::Unknown), word: "withdrawn".into(), ..audit },
    ];
    for (at, card) in cards.iter().enumerate() {
        std::fs::write(format!("{folder}/{at}.png"), card.png())?;
    }
    Ok(())
}
