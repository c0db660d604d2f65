//! Every template with every sample: well-formed, escaped, accessible, small, and obedient to the strict content policy.

use std::collections::{BTreeMap, BTreeSet};

use insta::assert_snapshot;

use super::html::{Token, assert_balanced, text_of, tokens};
use crate::limits::FIRST_VISIT_MAX_BYTES;
use crate::pages::render_samples;
use crate::{Frontend, Page, Shell, asset, asset_names, asset_url, pages};

/// Every sample, for a steward and for a visitor: (name, HTML).
fn all_pages() -> Vec<(String, String)> {
    let frontend = Frontend::new().unwrap();
    let mut all = Vec::new();
    for (who, shell) in [("steward", Shell::sample()), ("visitor", Shell::sample_visitor())] {
        for (page, number, html) in render_samples(&frontend, &shell).unwrap() {
            all.push((format!("{page} {number} for a {who}"), html));
        }
    }
    all
}

fn each(check: impl Fn(&str, &[Token])) {
    for (name, html) in all_pages() {
        check(&name, &tokens(&html));
    }
}

#[test]
fn every_page_is_well_formed() {
    each(assert_balanced);
}

#[test]
fn every_page_has_one_heading_of_the_first_rank_and_it_says_something() {
    each(|page, all| {
        assert_eq!(all.iter().filter(|t| t.is_start_of("h1")).count(), 1, "{page}");
        assert!(!text_of(all, "h1").is_empty(), "{page}: the heading is empty");
    });
}

#[test]
fn headings_never_skip_a_rank() {
    each(|page, all| {
        let mut before = 0;
        for token in all {
            if let Token::Start { name, .. } = token
                && let Some(rank) = name.strip_prefix('h').and_then(|r| r.parse::<u32>().ok())
            {
                assert!(rank <= before + 1, "{page}: h{rank} follows h{before}");
                before = rank;
            }
        }
    });
}

#[test]
fn every_page_has_the_landmarks_and_a_link_to_its_content() {
    each(|page, all| {
        for landmark in ["header", "main", "footer"] {
            assert_eq!(all.iter().filter(|t| t.is_start_of(landmark)).count(), 1, "{page}: {landmark}");
        }
        let first = all.iter().find(|t| t.is_start_of("a")).unwrap();
        assert_eq!(first.attribute("href"), Some("#main"), "{page}: the first link leads to the content");
        for token in all.iter().filter(|t| t.is_start_of("nav") || t.is_start_of("aside")) {
            assert!(token.attribute("aria-label").is_some_and(|l| !l.is_empty()), "{page}: a landmark without a name");
        }
    });
}

#[test]
fn identifiers_are_unique_and_everything_that_is_pointed_at_exists() {
    each(|page, all| {
        let mut ids = BTreeSet::new();
        for id in all.iter().filter_map(|t| t.attribute("id")) {
            assert!(ids.insert(id), "{page}: id {id} twice");
        }
        for token in all {
            for attribute in ["for", "aria-describedby", "aria-labelledby"] {
                for id in token.attribute(attribute).unwrap_or_default().split_whitespace() {
                    assert!(ids.contains(id), "{page}: {attribute}={id} points nowhere");
                }
            }
            if let Some(id) = token.attribute("href").and_then(|h| h.strip_prefix('#')) {
                assert!(ids.contains(id), "{page}: the link #{id} points nowhere");
            }
        }
    });
}

#[test]
fn every_control_has_a_label_or_words() {
    each(|page, all| {
        let labelled: BTreeSet<&str> =
            all.iter().filter(|t| t.is_start_of("label")).filter_map(|t| t.attribute("for")).collect();
        for token in all {
            let visible = ["input", "select", "textarea"].iter().any(|name| token.is_start_of(name))
                && token.attribute("type") != Some("hidden");
            if visible {
                let id = token.attribute("id").unwrap_or_else(|| panic!("{page}: a control without id"));
                assert!(labelled.contains(id), "{page}: no label for {id}");
            }
        }
        for (at, token) in all.iter().enumerate() {
            if token.is_start_of("button") || token.is_start_of("a") {
                let words = all
                    .iter()
                    .skip(at + 1)
                    .take_while(|t| !matches!(t, Token::End { name } if name == "a" || name == "button"))
                    .any(|t| matches!(t, Token::Text(_)));
                assert!(words, "{page}: a link or button without words");
            }
        }
    });
}

#[test]
fn every_table_has_a_caption_and_every_cell_its_name_for_narrow_screens() {
    each(|page, all| {
        let count = |name: &str| all.iter().filter(|t| t.is_start_of(name)).count();
        assert_eq!(count("table"), count("caption"), "{page}");
        for token in all {
            if token.is_start_of("td") {
                assert!(token.attribute("data-label").is_some(), "{page}: a cell without a name");
            }
            if token.is_start_of("th") {
                assert!(token.attribute("scope").is_some(), "{page}: a header cell without a scope");
            }
        }
    });
}

#[test]
fn no_page_needs_inline_script_or_style_or_anything_from_elsewhere() {
    each(|page, all| {
        for token in all {
            let Token::Start { name, attributes, .. } = token else { continue };
            assert_ne!(name, "style", "{page}");
            for (attribute, value) in attributes {
                assert_ne!(attribute, "style", "{page}");
                assert!(!attribute.starts_with("on"), "{page}: {attribute}");
                assert!(!value.starts_with("javascript:"), "{page}: {value}");
            }
            if name == "script" {
                assert_eq!(token.attribute("src"), asset_url("page.js").as_deref(), "{page}");
            }
            if name == "link" && ["stylesheet", "icon"].contains(&token.attribute("rel").unwrap_or_default()) {
                assert!(token.attribute("href").unwrap().starts_with("/static/"), "{page}");
            }
            assert!(!["img", "iframe", "object", "embed", "base"].contains(&name.as_str()), "{page}: {name}");
        }
    });
}

#[test]
fn every_form_that_changes_something_is_a_post_with_the_token_of_the_session() {
    let frontend = Frontend::new().unwrap();
    for (page, number, html) in render_samples(&frontend, &Shell::sample()).unwrap() {
        let all = tokens(&html);
        let posts = all.iter().filter(|t| t.attribute("method") == Some("post")).count();
        let tokens =
            all.iter().filter(|t| t.attribute("name") == Some("csrf") && t.attribute("value") == Some("t0ken")).count();
        assert_eq!(posts, tokens, "{page} {number}");
        for form in all.iter().filter(|t| t.is_start_of("form")) {
            assert!(
                form.attribute("action").is_some_and(|a| a.starts_with('/') || a.is_empty()),
                "{page} {number}: a form that leads elsewhere"
            );
        }
    }
}

#[test]
fn text_of_others_stays_text() {
    for (page, html) in all_pages() {
        assert!(!html.contains("<script src=//"), "{page}: a foreign script");
        assert!(!html.contains("&amp;lt;"), "{page}: escaped twice");
        assert!(!html.contains("</textarea><script>"), "{page}: a field that was left");
    }
}

#[test]
fn states_come_with_a_shape_and_a_word() {
    each(|page, all| {
        for (at, token) in all.iter().enumerate() {
            let Some(class) = token.attribute("class").filter(|c| c.starts_with("state ")) else { continue };
            let mut following = all.iter().skip(at + 1);
            assert!(following.next().unwrap().is_start_of("svg"), "{page}: {class} without a shape");
            let word = following.find(|t| matches!(t, Token::Text(_)));
            assert!(word.is_some(), "{page}: {class} without a word");
        }
    });
}

#[test]
fn a_first_visit_is_small() {
    let assets: usize = asset_names().filter_map(asset).map(|a| a.bytes.len()).sum();
    for (page, html) in all_pages() {
        let all = html.len() + assets;
        assert!(all <= FIRST_VISIT_MAX_BYTES, "{page}: {all} bytes");
    }
}

#[test]
fn every_page_has_its_own_template_and_several_samples() {
    let names: BTreeSet<&str> = pages::TEMPLATES.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), pages::TEMPLATES.len());
    let mut samples: BTreeMap<&str, usize> = BTreeMap::new();
    for (page, _, _) in render_samples(&Frontend::new().unwrap(), &Shell::sample()).unwrap() {
        *samples.entry(page).or_default() += 1;
    }
    for (page, count) in samples {
        assert!(count >= 2, "{page} has {count} sample");
    }
}

/// The page's own part, one line per piece, as a reader of the page meets it.
fn outline(html: &str) -> String {
    let all = tokens(html);
    let main = all.iter().skip_while(|t| !t.is_start_of("main")).take_while(|t| !t.is_start_of("footer"));
    let mut lines = Vec::new();
    for token in main {
        match token {
            Token::Text(text) => lines.push(text.split_whitespace().collect::<Vec<_>>().join(" ")),
            Token::Start { name, .. }
                if ["h1", "h2", "h3", "table", "form", "li", "tr", "details", "aside"].contains(&name.as_str()) =>
            {
                lines.push(format!("<{name}>"));
            }
            Token::Start { name, .. } if ["input", "select", "textarea"].contains(&name.as_str()) => {
                lines.push(format!("[{}]", token.attribute("name").unwrap_or_default()));
            }
            _ => {}
        }
    }
    lines.join("\n")
}

fn first<P: Page>() -> String {
    let frontend = Frontend::new().unwrap();
    outline(&frontend.render(&Shell::sample(), P::sample().first().unwrap()).unwrap())
}

#[test]
fn a_release_reads_so() {
    assert_snapshot!(first::<pages::release::Release>());
}

#[test]
fn a_why_page_reads_so() {
    assert_snapshot!(first::<pages::why::Why>());
}

#[test]
fn the_audit_form_reads_so() {
    assert_snapshot!(first::<pages::audit_form::AuditForm>());
}

#[test]
fn an_error_reads_so() {
    assert_snapshot!(first::<pages::error::ErrorPage>());
}

#[test]
fn the_whole_html_of_an_error_for_a_visitor() {
    let frontend = Frontend::new().unwrap();
    let html = frontend.render(&Shell::sample_visitor(), pages::error::ErrorPage::sample().first().unwrap()).unwrap();
    // The hashes of assets change whenever a designer touches them.
    let plain = asset_names().filter_map(asset).fold(html, |html, asset| html.replace(&asset.hashed, asset.name));
    assert_snapshot!(plain);
}
