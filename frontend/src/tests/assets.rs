//! Static files: small, cacheable for ever, and found by their hash alone.

use crate::assets::shrink;
use crate::limits::{SCRIPT_MAX_BYTES, STYLE_MAX_BYTES};
use crate::{asset, asset_names, asset_url};

fn served(name: &str) -> &'static crate::Asset {
    let url = asset_url(name).unwrap();
    asset(url.strip_prefix("/static/").unwrap()).unwrap()
}

#[test]
fn every_file_is_found_under_its_hashed_name_alone() {
    for name in ["style.css", "page.js", "favicon.svg"] {
        assert_eq!(served(name).name, name);
        assert!(asset(name).is_none(), "{name} without hash could be stale");
    }
    assert!(asset("style.000000000000.css").is_none());
    assert_eq!(asset_names().count(), 3);
    assert_eq!(asset_url("nothing.css"), None);
}

#[test]
fn the_style_and_the_script_are_small() {
    let (style, script) = (served("style.css").bytes.len(), served("page.js").bytes.len());
    assert!(style <= STYLE_MAX_BYTES, "the style has {style} bytes");
    assert!(script <= SCRIPT_MAX_BYTES, "the script has {script} bytes");
}

#[test]
fn an_entity_tag_is_a_quoted_string() {
    let tag = &served("style.css").etag;
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 8, "{tag}");
}

fn check(css: &str, expected: &str) {
    assert_eq!(shrink(css), expected);
}

#[test]
fn shrinking_keeps_what_the_style_says() {
    check("a , b { color : red ; margin: 0 auto; }\n", "a,b{color :red;margin:0 auto}");
    check("p /* why */ :first-child > i { top: calc(1px + 2px) }", "p :first-child > i{top:calc(1px + 2px)}");
    check("li::before { content: \" /* , \" }", "li::before{content:\" /* , \"}");
}

#[test]
fn shrinking_twice_changes_nothing() {
    let once = shrink(include_str!("../../static/style.css"));
    assert_eq!(shrink(&once), once);
}

#[test]
fn the_style_names_its_colours_in_one_place_and_asks_for_nothing_from_elsewhere() {
    let style = include_str!("../../static/style.css");
    let (tokens, rest) = style.split_once("@layer base {").unwrap();
    assert!(tokens.contains("light-dark("));
    assert!(!rest.contains("light-dark(") && !rest.contains(": #"), "a colour outside the tokens");
    for foreign in ["@import", "url(", "@font-face", "animation", "transition"] {
        assert!(!style.contains(foreign), "{foreign}");
    }
}
