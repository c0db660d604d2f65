//! Pictures for previews: what a page says in a few words, drawn here as PNG, for servers that show a link with a picture.

mod alphabet;
mod canvas;
mod png;

use crate::parts::State;
use canvas::{Canvas, Colour};

/// Width of a card in pixels.
pub const WIDTH: u32 = 1_200;
/// Height of a card in pixels.
pub const HEIGHT: u32 = 630;

/// Distance of everything from the edge.
const EDGE: i64 = 72;
/// Cap heights tried for the title, the largest that fits wins; below the last one the title is cut.
const TITLE_SIZES: [i64; 4] = [64, 52, 42, 34];
/// Lines of the title.
const TITLE_LINES: usize = 2;
/// Lines below the title.
const BODY_LINES: usize = 3;

/// What a card says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// What kind of page it stands for: "Audit", "Policy".
    pub kind: String,
    /// The state, when it is about one; drawn as shape, word and colour.
    pub state: Option<State>,
    /// The word beside the shape: "safe-to-deploy", "withdrawn".
    pub word: String,
    /// What it is about: "serde 1.0.219".
    pub title: String,
    /// A sentence or two below.
    pub text: String,
    /// Who says so: the community's name.
    pub instance: String,
    /// Where: its host.
    pub host: String,
}

impl Card {
    /// The card as PNG of [`WIDTH`] by [`HEIGHT`] pixels; the same words give the same bytes.
    pub fn png(&self) -> Vec<u8> {
        let mut canvas = Canvas::new(WIDTH, HEIGHT);
        canvas.fill(0, 0, i64::from(WIDTH), 12, Colour::Accent);
        self.head(&mut canvas);
        let below = self.heading(&mut canvas);
        self.body(&mut canvas, below);
        self.foot(&mut canvas);
        png::write(&canvas)
    }

    fn head(&self, canvas: &mut Canvas) {
        let mut x = EDGE;
        let right = i64::from(WIDTH) - EDGE;
        let kind = one_line(&self.kind, 26, 360);
        if let Some(state) = self.state {
            let colour = of_state(state);
            canvas.draw(shape(state), x, 76, 56, 8, colour);
            x += 84;
            let end = right - canvas::width(&kind, 26);
            let word = one_line(&self.word, 32, end - x - 40);
            canvas.text(&word, x, 88, 32, true, colour);
            x = end;
        }
        canvas.text(&kind, x, 91, 26, false, Colour::Muted);
    }

    fn heading(&self, canvas: &mut Canvas) -> i64 {
        let room = i64::from(WIDTH) - 2 * EDGE;
        let fits = |size: &&i64| canvas::wrap(&self.title, **size, room).len() <= TITLE_LINES;
        let size = TITLE_SIZES.iter().find(fits).copied().unwrap_or(34);
        let mut y = 196;
        for line in canvas::cut(canvas::wrap(&self.title, size, room), TITLE_LINES) {
            canvas.text(&line, EDGE, y, size, true, Colour::Ink);
            y += size * 8 / 5;
        }
        y
    }

    fn body(&self, canvas: &mut Canvas, below: i64) {
        let room = i64::from(WIDTH) - 2 * EDGE;
        let mut y = below + 20;
        for line in canvas::cut(canvas::wrap(&self.text, 26, room), BODY_LINES) {
            canvas.text(&line, EDGE, y, 26, false, Colour::Muted);
            y += 46;
        }
    }

    fn foot(&self, canvas: &mut Canvas) {
        let right = i64::from(WIDTH) - EDGE;
        canvas.fill(EDGE, 528, right, 530, Colour::Muted);
        canvas.fill(EDGE, 534, right, 536, Colour::Muted);
        canvas.draw(alphabet::SCALE, EDGE, 560, 34, 3, Colour::Accent);
        let host = one_line(&self.host, 22, 480);
        let width = canvas::width(&host, 22);
        let name = one_line(&self.instance, 22, right - width - EDGE - 56 - 40);
        canvas.text(&name, EDGE + 56, 568, 22, true, Colour::Accent);
        canvas.text(&host, right - width, 568, 22, false, Colour::Muted);
    }
}

/// The beginning of a text, as much of it as a line of this width holds.
fn one_line(text: &str, size: i64, room: i64) -> String {
    canvas::cut(canvas::wrap(text, size, room), 1).into_iter().next().unwrap_or_default()
}

fn of_state(state: State) -> Colour {
    match state {
        State::Listed => Colour::Listed,
        State::Held => Colour::Held,
        State::Refused => Colour::Refused,
        State::Unknown => Colour::Muted,
    }
}

/// The same shapes as on the pages, in `templates/icons.html`.
fn shape(state: State) -> &'static str {
    match state {
        State::Listed => "M2.5,8.6 L6.1,12.2 L13.5,4.2",
        State::Held => {
            "M3.5,2 L12.5,2 M3.5,14 L12.5,14 M4.6,2.4 Q4.6,6 8,8 Q4.6,10 4.6,13.6 M11.4,2.4 Q11.4,6 8,8 Q11.4,10 11.4,13.6"
        }
        State::Refused => "M5.1,1 L10.9,1 L15,5.1 L15,10.9 L10.9,15 L5.1,15 L1,10.9 L1,5.1 L5.1,1 M4.6,8 L11.4,8",
        State::Unknown => "M8,2.4 Q2.4,2.4 2.4,8 Q2.4,13.6 8,13.6 Q13.6,13.6 13.6,8 Q13.6,2.4 8,2.4",
    }
}
