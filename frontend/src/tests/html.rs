//! A small strict reader of the HTML our templates write, so that tests can ask about elements.

/// One start tag with its attributes, or a piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Start { name: String, attributes: Vec<(String, String)>, selfclosing: bool },
    End { name: String },
    Text(String),
}

impl Token {
    pub(super) fn attribute(&self, wanted: &str) -> Option<&str> {
        match self {
            Self::Start { attributes, .. } => {
                attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
            }
            _ => None,
        }
    }

    pub(super) fn is_start_of(&self, wanted: &str) -> bool {
        matches!(self, Self::Start { name, .. } if name == wanted)
    }
}

const VOID: &[&str] = &["meta", "link", "input", "br", "hr", "img"];

/// Splits a page into tokens; panics with the place if a tag or an attribute is malformed.
pub(super) fn tokens(html: &str) -> Vec<Token> {
    let mut all = Vec::new();
    let mut rest = html.strip_prefix("<!doctype html>").expect("a page begins with its doctype");
    while !rest.is_empty() {
        let (text, tag) = rest.split_once('<').unwrap_or((rest, ""));
        assert!(!text.contains('>'), "a stray > in {text:?}");
        if !text.trim().is_empty() {
            all.push(Token::Text(text.to_owned()));
        }
        if tag.is_empty() {
            break;
        }
        let (token, after) = tag_token(tag);
        all.push(token);
        rest = after;
    }
    all
}

fn tag_token(tag: &str) -> (Token, &str) {
    if let Some(end) = tag.strip_prefix('/') {
        let (name, after) = end.split_once('>').expect("an end tag ends");
        return (Token::End { name: name.to_owned() }, after);
    }
    let split = tag.find([' ', '>', '/']).expect("a start tag ends");
    let (name, mut rest) = tag.split_at(split);
    assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "no element is called {name:?}");
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>") {
            return (Token::Start { name: name.to_owned(), attributes, selfclosing: true }, after);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (Token::Start { name: name.to_owned(), attributes, selfclosing: false }, after);
        }
        let at = rest.find(['=', ' ', '>', '/']).expect("an attribute ends");
        let (attribute, after) = rest.split_at(at);
        assert!(
            !attribute.is_empty() && attribute.chars().all(|c| c.is_ascii_alphanumeric() || "-:".contains(c)),
            "no attribute is called {attribute:?} in <{name}"
        );
        let Some(value) = after.strip_prefix('=') else {
            attributes.push((attribute.to_owned(), String::new()));
            rest = after;
            continue;
        };
        let (value, after) = value.strip_prefix('"').and_then(|v| v.split_once('"')).expect("values stand in double quotes");
        attributes.push((attribute.to_owned(), value.to_owned()));
        rest = after;
    }
}

/// Panics unless every element is closed in order.
pub(super) fn assert_balanced(page: &str, all: &[Token]) {
    let mut open: Vec<&str> = Vec::new();
    for token in all {
        match token {
            Token::Start { name, selfclosing, .. } if !selfclosing && !VOID.contains(&name.as_str()) => open.push(name),
            Token::End { name } => assert_eq!(open.pop(), Some(name.as_str()), "{page}: </{name}> closes another element"),
            _ => {}
        }
    }
    assert!(open.is_empty(), "{page}: not closed: {open:?}");
}

/// The text between the first `<name` and its end tag, without tags.
pub(super) fn text_of(all: &[Token], name: &str) -> String {
    let inside = all
        .iter()
        .skip_while(|token| !token.is_start_of(name))
        .take_while(|token| !matches!(token, Token::End { name: end } if end == name));
    inside
        .filter_map(|token| if let Token::Text(text) = token { Some(text.trim()) } else { None })
        .collect::<Vec<_>>()
        .join(" ")
}
