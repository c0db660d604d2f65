//! Every partner starts and answers.

use vetmoot_tests::browser::{self, Look};
use vetmoot_tests::postgres::Postgres;
use vetmoot_tests::upstream::server::{Reply, Server};
use vetmoot_tests::{partners, process};

#[test]
fn every_program_tells_its_version() {
    for (name, expected) in
        [("uv", "uv 0.13.8"), ("npm", "11.19.1"), ("pnpm", "10.34.9"), ("pip", "pip 26.3 "), ("cargo-vet", "cargo-vet")]
    {
        let Some(partner) = partners::require(name) else { continue };
        let mut command = partner.command();
        if name == "cargo-vet" {
            command.arg("vet");
        }
        let said = process::run(command.arg("--version").env("HOME", std::env::temp_dir()));
        assert!(said.stdout.starts_with(expected), "{name}: {said:?}");
    }
}

#[test]
fn a_database_starts_and_keeps_a_row() {
    let Some(postgres) = Postgres::start() else { return };
    postgres.sql("vetmoot", "create table kept (word text)");
    postgres.sql("vetmoot", "insert into kept values ('moot')");
    assert_eq!(postgres.sql("vetmoot", "select word from kept").trim(), "moot");
}

#[test]
fn a_browser_opens_a_page_and_tells_what_is_wrong_with_it() {
    let page = "<!doctype html><html lang=en><title>A page</title><h1>Hello</h1><img src=/gone.png><script>console.error('ouch')</script>";
    let server = Server::start(Box::new(
        move |request| if request.path == "/" { Reply::ok("text/html", page) } else { Reply::not_found() },
    ));
    let url = server.url();
    let Some(seen) = browser::open(&[Look::at(&url), Look::at(&url).narrow().dark().without_scripts()]) else { return };
    let [wide, plain] = seen.as_slice() else { panic!("two looks, two answers") };
    assert_eq!((wide.status, wide.title.as_str(), wide.text.trim()), (200, "A page", "Hello"));
    assert!(wide.complaints.iter().any(|line| line == "error: ouch"), "{:?}", wide.complaints);
    assert!(wide.barriers.iter().any(|line| line.starts_with("image-alt")), "{:?}", wide.barriers);
    assert!(!plain.complaints.iter().any(|line| line == "error: ouch"), "{:?}", plain.complaints);
}
