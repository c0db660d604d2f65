//! Cards: always the same picture for the same words, of the right size, whatever the words are.

use crate::card::{Card, HEIGHT, WIDTH};
use crate::parts::State;
use crate::samples::{HOSTILE, LONG};

fn card() -> Card {
    Card {
        kind: "Audit".into(),
        state: Some(State::Listed),
        word: "safe-to-deploy".into(),
        title: "serde 1.0.219".into(),
        text: "ada read serde 1.0.219 (cargo).".into(),
        instance: "Harbour Packages".into(),
        host: "vet.example".into(),
    }
}

/// Width, height, and the pixels as places in the palette.
fn decode(png: &[u8]) -> (u32, u32, Vec<u8>) {
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    let mut rest = png.get(8..).unwrap();
    let (mut size, mut squeezed) = ((0, 0), Vec::new());
    while let Some(length) = rest.get(..4) {
        let length = usize::try_from(u32::from_be_bytes(length.try_into().unwrap())).unwrap();
        let (name, data) = (rest.get(4..8).unwrap(), rest.get(8..8 + length).unwrap());
        let mut sum = flate2::Crc::new();
        sum.update(rest.get(4..8 + length).unwrap());
        assert_eq!(rest.get(8 + length..12 + length).unwrap(), sum.sum().to_be_bytes(), "the sum of a piece is right");
        match name {
            b"IHDR" => {
                let number = |at: usize| u32::from_be_bytes(data.get(at..at + 4).unwrap().try_into().unwrap());
                size = (number(0), number(4));
            }
            b"IDAT" => squeezed.extend_from_slice(data),
            _ => {}
        }
        rest = rest.get(12 + length..).unwrap();
    }
    let mut pixels = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(squeezed.as_slice()), &mut pixels).unwrap();
    (size.0, size.1, pixels)
}

fn check(card: &Card) -> Vec<u8> {
    let png = card.png();
    let (width, height, pixels) = decode(&png);
    assert_eq!((width, height), (WIDTH, HEIGHT));
    let row = usize::try_from(WIDTH).unwrap() + 1;
    assert_eq!(pixels.len(), row * usize::try_from(HEIGHT).unwrap());
    for (at, line) in pixels.chunks(row).enumerate().skip(20) {
        // Nothing runs into the edge: what does not fit is broken or cut.
        let margin = line.get(row - 40..).unwrap().iter().chain(line.get(1..40).unwrap());
        assert!(margin.into_iter().all(|pixel| *pixel % 32 == 0), "row {at} is drawn to the edge");
    }
    assert!(png.len() < 100_000, "{} bytes", png.len());
    png
}

#[test]
fn the_same_words_give_the_same_picture_and_others_another() {
    let first = check(&card());
    assert_eq!(first, card().png());
    assert_ne!(first, check(&Card { title: "serde 1.0.218".into(), ..card() }));
}

#[test]
fn each_state_has_its_own_picture() {
    let all: std::collections::BTreeSet<Vec<u8>> = [State::Listed, State::Held, State::Refused, State::Unknown]
        .into_iter()
        .map(|state| check(&Card { state: Some(state), word: String::new(), ..card() }))
        .collect();
    assert_eq!(all.len(), 4);
}

#[test]
fn long_and_hostile_words_stay_on_the_card() {
    for words in [
        LONG.repeat(5),
        HOSTILE.to_owned(),
        "字".repeat(400),
        String::new(),
        " \u{202e}\n\t ".to_owned(),
        "é ü → … ß".to_owned(),
    ] {
        check(&Card {
            kind: "Audit".into(),
            state: Some(State::Refused),
            word: words.chars().take(60).collect(),
            title: words.clone(),
            text: words.clone(),
            instance: words.clone(),
            host: words,
        });
    }
}

#[test]
fn every_printable_letter_of_ascii_is_drawn() {
    let frame = Card { title: "\u{4e2d}".into(), ..Card::default() }.png();
    for letter in '!'..='~' {
        let drawn = Card { title: letter.to_string(), ..Card::default() }.png();
        assert_ne!(drawn, frame, "{letter} has no shape of its own");
    }
}
