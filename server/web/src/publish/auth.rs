//! Who is at a publish door: cargo's bare token, npm's bearer token, or the password of basic authentication.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use data_encoding::BASE64;
use vetmoot_workflows::submission::hand_in::{self, Uploader};
use vetmoot_workflows::{Ctx, Kind, Problem};

/// The uploader whose token the request carries.
pub(super) async fn uploader(ctx: &Ctx, request: &HttpRequest) -> Result<Uploader, Problem> {
    let token = token(request.headers()).ok_or_else(|| {
        let text = format!(
            "this needs a token with the scope `publish`; make one at {} and give it to the client",
            ctx.base_url.join("/account")
        );
        Problem::new(Kind::Unauthenticated, "no-token", text)
    })?;
    hand_in::uploader(ctx, &token).await
}

/// The token in the headers: the password of basic authentication whatever the user's name (RFC 7617), a bearer token
/// (RFC 6750), or the bare token cargo sends (Cargo Book, "Registry authentication").
pub(super) fn token(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim();
    let token = match value.split_once(' ') {
        None => value.to_owned(),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim().to_owned(),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("basic") => {
            let pair = String::from_utf8(BASE64.decode(rest.trim().as_bytes()).ok()?).ok()?;
            pair.split_once(':')?.1.to_owned()
        }
        Some(_) => return None,
    };
    (!token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn check(authorization: &str, expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
        assert_eq!(token(&headers).as_deref(), expected, "{authorization}");
    }

    #[test]
    fn a_token_is_found_however_its_client_carries_it() {
        check("abc", Some("abc"));
        check("Bearer abc", Some("abc"));
        check("bearer  abc ", Some("abc"));
        for user in ["__token__", "ada", ""] {
            check(&format!("Basic {}", BASE64.encode(format!("{user}:a:bc").as_bytes())), Some("a:bc"));
        }
    }

    #[test]
    fn what_carries_no_token_is_no_token() {
        assert_eq!(token(&HeaderMap::new()), None);
        for nothing in ["", "Bearer ", "Basic", "Basic !!!", "Basic YWJj", "Digest abc", "Basic Og=="] {
            // A scheme alone is read as cargo's bare token, which nobody has.
            check(nothing, (nothing == "Basic" || nothing == "Bearer ").then(|| nothing.trim()));
        }
    }
}
