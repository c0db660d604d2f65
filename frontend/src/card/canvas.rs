//! A page of pixels on which a round pen draws. Whole numbers throughout, so that every machine draws the same bytes.

use super::alphabet::{Glyph, glyph};
use crate::limits::CARD_CHARS_MAX;

/// Steps between the middles of two pixels.
const FINE: i64 = 32;
/// Levels between the paper and a colour.
pub(super) const LEVELS: u8 = 32;
/// Straight pieces of a curve.
const PIECES: i64 = 12;
/// Tenths of a unit in a capital's height, and between letters.
const CAP: i64 = 140;
const GAP: i64 = 37;
/// Tenths of a unit in the field of a shape.
const FIELD: i64 = 160;

/// What is drawn with; the colours are the light ones of `static/style.css`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    Ink,
    Muted,
    Accent,
    Listed,
    Held,
    Refused,
}

impl Colour {
    /// Every colour, in the order of the palette.
    pub(super) const ALL: [Self; 6] = [Self::Ink, Self::Muted, Self::Accent, Self::Listed, Self::Held, Self::Refused];

    /// Red, green and blue.
    pub(super) fn rgb(self) -> [u8; 3] {
        match self {
            Self::Ink => [0x1b, 0x1d, 0x22],
            Self::Muted => [0x59, 0x5b, 0x62],
            Self::Accent => [0x1c, 0x4a, 0x86],
            Self::Listed => [0x1a, 0x66, 0x38],
            Self::Held => [0x7a, 0x4f, 0x00],
            Self::Refused => [0xa5, 0x1f, 0x19],
        }
    }

    fn base(self) -> u8 {
        let place = Self::ALL.iter().position(|one| *one == self).unwrap_or_default();
        u8::try_from(place).unwrap_or_default().saturating_mul(LEVELS)
    }
}

/// The paper below everything.
pub(super) const PAPER: [u8; 3] = [0xfb, 0xfa, 0xf6];

/// The pixels, each a place in the palette: the colour times [`LEVELS`], plus how much of it.
#[derive(Debug)]
pub(super) struct Canvas {
    width: i64,
    height: i64,
    pixels: Vec<u8>,
}

type Point = (i64, i64);

impl Canvas {
    /// Blank paper.
    pub(super) fn new(width: u32, height: u32) -> Self {
        let count = usize::try_from(u64::from(width) * u64::from(height)).unwrap_or_default();
        Self { width: width.into(), height: height.into(), pixels: vec![0; count] }
    }

    /// The rows from top to bottom.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.pixels.chunks(usize::try_from(self.width).unwrap_or(1))
    }

    /// A filled rectangle, in pixels.
    pub(super) fn fill(&mut self, left: i64, top: i64, right: i64, bottom: i64, colour: Colour) {
        for y in top..bottom {
            for x in left..right {
                self.set(x, y, colour, LEVELS - 1);
            }
        }
    }

    /// A shape in a square field of `size` pixels, with a pen of `pen` pixels.
    pub(super) fn draw(&mut self, path: &str, x: i64, y: i64, size: i64, pen: i64, colour: Colour) {
        let place = |(px, py): Point| (x * FINE + px * size * FINE / FIELD, y * FINE + py * size * FINE / FIELD);
        for (from, to) in lines(path) {
            self.stroke(place(from), place(to), pen * FINE / 2, colour);
        }
    }

    /// A line of text whose capitals begin at `y` and are `size` pixels high; the place where it ends.
    pub(super) fn text(&mut self, text: &str, x: i64, y: i64, size: i64, bold: bool, colour: Colour) -> i64 {
        let pen = size * FINE * if bold { 17 } else { 13 } / CAP / 2;
        let mut at = x * FINE;
        for letter in text.chars().take(CARD_CHARS_MAX) {
            let Glyph { width, path } = glyph(letter);
            let place = |(px, py): Point| (at + px * size * FINE / CAP, y * FINE + py * size * FINE / CAP);
            for (from, to) in lines(path) {
                self.stroke(place(from), place(to), pen, colour);
            }
            at += (width + GAP) * size * FINE / CAP;
        }
        at / FINE
    }

    /// A line with round ends; coordinates and half the pen's width in [`FINE`] steps.
    fn stroke(&mut self, from: Point, to: Point, half: i64, colour: Colour) {
        let reach = half + FINE;
        let (left, right) = (from.0.min(to.0) - reach, from.0.max(to.0) + reach);
        let (top, bottom) = (from.1.min(to.1) - reach, from.1.max(to.1) + reach);
        for y in (top / FINE).max(0)..=(bottom / FINE).min(self.height - 1) {
            for x in (left / FINE).max(0)..=(right / FINE).min(self.width - 1) {
                let far = distance((x * FINE + FINE / 2, y * FINE + FINE / 2), from, to);
                let level = (half + FINE / 2 - far).clamp(0, FINE - 1);
                self.set(x, y, colour, u8::try_from(level).unwrap_or_default());
            }
        }
    }

    /// Where strokes of one letter overlap the stronger one wins, so that joints do not grow dark.
    fn set(&mut self, x: i64, y: i64, colour: Colour, level: u8) {
        if level == 0 || x < 0 || y < 0 || x >= self.width || y >= self.height {
            return;
        }
        let Some(pixel) = usize::try_from(y * self.width + x).ok().and_then(|at| self.pixels.get_mut(at)) else { return };
        if *pixel % LEVELS < level {
            *pixel = colour.base().saturating_add(level);
        }
    }
}

/// The distance of a point from a line between two others.
fn distance(point: Point, from: Point, to: Point) -> i64 {
    let along = (to.0 - from.0, to.1 - from.1);
    let square = along.0 * along.0 + along.1 * along.1;
    let nearest = if square == 0 {
        from
    } else {
        let reached = ((point.0 - from.0) * along.0 + (point.1 - from.1) * along.1).clamp(0, square);
        (from.0 + along.0 * reached / square, from.1 + along.1 * reached / square)
    };
    let off = (point.0 - nearest.0, point.1 - nearest.1);
    (off.0 * off.0 + off.1 * off.1).isqrt()
}

/// The straight pieces of a path, in tenths of a unit.
fn lines(path: &str) -> Vec<(Point, Point)> {
    let mut all = Vec::new();
    let mut at = (0, 0);
    let mut steps = path.split_whitespace();
    while let Some(step) = steps.next() {
        let Some((command, place)) = step.split_at_checked(1) else { continue };
        let place = point(place);
        match command {
            "M" => at = place,
            "Q" => {
                let end = steps.next().map_or(place, point);
                let mut before = at;
                for piece in 1..=PIECES {
                    let now = bend(at, place, end, piece);
                    all.push((before, now));
                    before = now;
                }
                at = end;
            }
            _ => {
                all.push((at, place));
                at = place;
            }
        }
    }
    all
}

/// A point of a quadratic curve.
fn bend(from: Point, over: Point, to: Point, piece: i64) -> Point {
    let rest = PIECES - piece;
    let mix = |a: i64, b: i64, c: i64| (a * rest * rest + 2 * b * rest * piece + c * piece * piece) / (PIECES * PIECES);
    (mix(from.0, over.0, to.0), mix(from.1, over.1, to.1))
}

fn point(text: &str) -> Point {
    let (x, y) = text.split_once(',').unwrap_or((text, "0"));
    (tenths(x), tenths(y))
}

/// `13.8` as 138.
fn tenths(text: &str) -> i64 {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    let whole: i64 = whole.trim_start_matches('-').parse().unwrap_or_default();
    sign * (whole * 10 + part.parse::<i64>().unwrap_or_default())
}

/// How wide a line is, in pixels.
pub(super) fn width(text: &str, size: i64) -> i64 {
    let units: i64 = text.chars().take(CARD_CHARS_MAX).map(|letter| glyph(letter).width + GAP).sum();
    units * size / CAP
}

/// The lines of a text in a column; a word too long for it is broken.
pub(super) fn wrap(text: &str, size: i64, room: i64) -> Vec<String> {
    let text: String = crate::tame(text);
    let mut all = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&longer, size) <= room {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            all.push(std::mem::take(&mut line));
        }
        for letter in word.chars() {
            if width(&line, size) + width("m", size) > room {
                all.push(std::mem::take(&mut line));
            }
            line.push(letter);
        }
    }
    if !line.is_empty() {
        all.push(line);
    }
    all
}

/// The first lines; the last of them says when there were more.
pub(super) fn cut(mut all: Vec<String>, most: usize) -> Vec<String> {
    let more = all.len() > most;
    all.truncate(most);
    if let Some(last) = all.last_mut().filter(|_| more) {
        let kept = last.chars().count().saturating_sub(2);
        *last = last.chars().take(kept).chain(std::iter::once('\u{2026}')).collect();
    }
    all
}
