//! Contrast of every pair of colours that meet on a page, in both themes (WCAG 2.2, 1.4.3 and 1.4.11).

use std::collections::BTreeMap;

const TEXT: f64 = 4.5;
const MARK: f64 = 3.0;

/// Colours by name: (light, dark), read from the style sheet itself.
fn tokens() -> BTreeMap<String, [f64; 2]> {
    let mut all = BTreeMap::new();
    for line in include_str!("../../static/style.css").lines() {
        let Some((name, value)) = line.trim().strip_prefix("--").and_then(|l| l.split_once(": light-dark(")) else { continue };
        let (light, dark) = value.trim_end_matches(");").split_once(", ").unwrap();
        all.insert(name.to_owned(), [luminance(light), luminance(dark)]);
    }
    assert!(all.len() >= 15, "the tokens were not found");
    all
}

/// Relative luminance of `#rrggbb`.
fn luminance(colour: &str) -> f64 {
    let digits = colour.strip_prefix('#').unwrap();
    assert_eq!(digits.len(), 6, "{colour}");
    let channel = |from: usize| {
        let value = f64::from(u8::from_str_radix(digits.get(from..from + 2).unwrap(), 16).unwrap()) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

fn contrast(a: f64, b: f64) -> f64 {
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn check(front: &str, grounds: &[&str], least: f64) {
    let all = tokens();
    for ground in grounds {
        let (front_values, ground_values) = (all.get(front).unwrap(), all.get(*ground).unwrap());
        for (theme, (a, b)) in ["light", "dark"].iter().zip(front_values.iter().zip(ground_values)) {
            let found = contrast(*a, *b);
            assert!(found >= least, "{front} on {ground}, {theme}: {found:.2} < {least}");
        }
    }
}

const GROUNDS: &[&str] = &["paper", "sheet", "listed-tint", "held-tint", "refused-tint", "unknown-tint"];

#[test]
fn the_measure_itself_is_right() {
    assert!((contrast(luminance("#000000"), luminance("#ffffff")) - 21.0).abs() < 0.01);
    assert!((contrast(luminance("#777777"), luminance("#ffffff")) - 4.48).abs() < 0.01);
}

#[test]
fn text_can_be_read_on_every_ground() {
    check("ink", GROUNDS, TEXT);
    check("muted", GROUNDS, TEXT);
    check("accent", GROUNDS, TEXT);
    check("on-accent", &["accent"], TEXT);
    check("paper", &["ink"], TEXT);
}

#[test]
fn words_of_a_state_can_be_read_on_paper_and_on_their_own_tint() {
    for state in ["listed", "held", "refused"] {
        check(state, &["paper", "sheet", &format!("{state}-tint")], TEXT);
    }
    check("muted", &["unknown-tint"], TEXT);
}

#[test]
fn edges_of_fields_and_pieces_of_bars_can_be_seen() {
    check("edge", &["paper", "sheet"], MARK);
    check("accent", &["paper", "sheet"], MARK);
    for state in ["listed", "held", "refused"] {
        check(state, &["sheet"], MARK);
    }
}
