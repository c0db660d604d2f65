//! The mark of an actor: a pattern made of its address, the same for ever, as a small PNG.

use std::io::Write as _;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use sha2::{Digest as _, Sha256};
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::{Ctx, Problem};

/// Cells across and down, with one empty around.
const CELLS: usize = 7;
/// Pixels of a cell's side.
const CELL_PIXELS: usize = 32;
/// Pixels of the mark's side.
const SIDE: u32 = 224;
/// Pairs of a dark ink and its light ground; every pair is readable for colour-blind eyes.
const INKS: [([u8; 3], [u8; 3]); 8] = [
    ([0x1f, 0x4e, 0x79], [0xe8, 0xf0, 0xf7]),
    ([0x7a, 0x2e, 0x1d], [0xf8, 0xec, 0xe8]),
    ([0x1d, 0x5c, 0x3f], [0xe7, 0xf3, 0xed]),
    ([0x5b, 0x2a, 0x6b], [0xf2, 0xe9, 0xf5]),
    ([0x6b, 0x55, 0x0e], [0xf7, 0xf2, 0xdf]),
    ([0x0f, 0x5c, 0x66], [0xe4, 0xf3, 0xf5]),
    ([0x7b, 0x1e, 0x4f], [0xf8, 0xe8, 0xf0]),
    ([0x33, 0x3f, 0x4a], [0xec, 0xef, 0xf1]),
];

/// The path of an actor's mark.
pub fn path(actor: &LocalActor) -> String {
    format!("/actors/icon{actor}.png")
}

/// `GET /actors/icon/...png`: the mark; it needs no look at the database, so anybody may ask for any.
pub(super) async fn show(ctx: web::Data<Ctx>, path: web::Path<String>) -> HttpResponse {
    if ctx.domain.is_none() {
        return super::serve::problem(&super::no_federation());
    }
    match format!("/{path}").parse::<LocalActor>() {
        Ok(actor) => HttpResponse::Ok()
            .content_type("image/png")
            .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body(png(&ctx.base_url.join(&actor.to_string()))),
        Err(error) => super::serve::problem(&Problem::not_found("unknown-actor", error.to_string())),
    }
}

/// The mark of an address.
pub fn png(address: &str) -> Vec<u8> {
    let digest: [u8; 32] = Sha256::digest(address.as_bytes()).into();
    let [.., last] = digest;
    let (ink, ground) = INKS.get(usize::from(last & 7)).copied().expect("three bits name one of eight pairs");
    let filled = |row: usize, column: usize| {
        if row == 0 || column == 0 || row > CELLS - 2 || column > CELLS - 2 {
            return false;
        }
        // Five rows of three bits, mirrored: what is symmetric is told apart at a glance.
        let place = (row - 1) * 3 + (column - 1).min(CELLS - 2 - column);
        digest.get(place / 8).is_some_and(|byte| byte >> (place % 8) & 1 == 1)
    };
    let mut raw = Vec::new();
    for row in 0..CELLS {
        let mut line = vec![0_u8];
        for column in 0..CELLS {
            // One bit a pixel, eight of them a byte.
            line.extend(std::iter::repeat_n(if filled(row, column) { 0xff } else { 0 }, CELL_PIXELS / 8));
        }
        for _ in 0..CELL_PIXELS {
            raw.extend_from_slice(&line);
        }
    }
    encode(&raw, ink, ground)
}

/// A PNG of one bit a pixel with two colours (W3C PNG, sections 5 and 11).
fn encode(raw: &[u8], ink: [u8; 3], ground: [u8; 3]) -> Vec<u8> {
    let mut header = Vec::with_capacity(13);
    header.extend_from_slice(&SIDE.to_be_bytes());
    header.extend_from_slice(&SIDE.to_be_bytes());
    // One bit, indexed colours, the only compression and filter there are, not interlaced.
    header.extend_from_slice(&[1, 3, 0, 0, 0]);
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    packed.write_all(raw).expect("writing into memory cannot fail");
    let packed = packed.finish().expect("writing into memory cannot fail");
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in [(b"IHDR", header), (b"PLTE", [ground, ink].concat()), (b"IDAT", packed), (b"IEND", Vec::new())] {
        let length = u32::try_from(data.len()).expect("a mark is a few hundred bytes");
        let mut check = Crc::new();
        check.update(name);
        check.update(&data);
        png.extend_from_slice(&length.to_be_bytes());
        png.extend_from_slice(name);
        png.extend_from_slice(&data);
        png.extend_from_slice(&check.sum().to_be_bytes());
    }
    png
}
