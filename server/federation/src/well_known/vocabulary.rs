//! `/ns`: the words of our own that stand in documents, for programs and for people.

use std::fmt::Write as _;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use super::open;
use crate::objects::actor::escape;
use crate::objects::{NAMESPACE, terms, vocabulary};

/// `GET /ns`: a page for who prefers HTML, else the context as JSON-LD. A trial answers too, as words need no domain.
pub(super) async fn show(request: HttpRequest) -> HttpResponse {
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let mut answer = open();
    answer.insert_header((header::VARY, "Accept")).insert_header((header::CACHE_CONTROL, "public, max-age=3600"));
    if !accept.contains("text/html") {
        return answer.content_type("application/ld+json").body(vocabulary().to_string());
    }
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Words of Vetmoot</title>\n\
         <h1>Words of Vetmoot</h1>\n<p>In documents they begin with <code>{}</code>.</p>\n<dl>\n",
        escape(NAMESPACE)
    );
    for (term, meaning) in terms() {
        // Writing into a string cannot fail.
        let _ = writeln!(page, "<dt id=\"{0}\"><code>{0}</code></dt><dd>{1}</dd>", escape(term), escape(meaning));
    }
    page.push_str("</dl>\n</html>\n");
    answer
        .insert_header(("content-security-policy", "default-src 'none'; frame-ancestors 'none'"))
        .content_type("text/html; charset=utf-8")
        .body(page)
}
