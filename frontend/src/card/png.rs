//! Pixels as PNG with a palette (ISO/IEC 15948): signature, header, palette, one compressed piece, end.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::canvas::{Canvas, Colour, LEVELS, PAPER};
use super::{HEIGHT, WIDTH};

/// The picture as a file.
pub(super) fn write(canvas: &Canvas) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    header.extend_from_slice(&WIDTH.to_be_bytes());
    header.extend_from_slice(&HEIGHT.to_be_bytes());
    // Eight bits a pixel, a palette, and the only compression, filter method and order that there are.
    header.extend_from_slice(&[8, 3, 0, 0, 0]);
    piece(&mut file, *b"IHDR", &header);
    piece(&mut file, *b"PLTE", &palette());
    piece(&mut file, *b"IDAT", &squeezed(canvas));
    piece(&mut file, *b"IEND", &[]);
    file
}

/// For each colour its mixtures with the paper.
fn palette() -> Vec<u8> {
    let mut all = Vec::new();
    for colour in Colour::ALL {
        for level in 0..LEVELS {
            for (paper, ink) in PAPER.iter().zip(colour.rgb()) {
                let (paper, ink, level, most) = (u32::from(*paper), u32::from(ink), u32::from(level), u32::from(LEVELS - 1));
                let mixed = (paper * (most - level) + ink * level) / most;
                all.push(u8::try_from(mixed).unwrap_or(u8::MAX));
            }
        }
    }
    all
}

fn squeezed(canvas: &Canvas) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    for row in canvas.rows() {
        // Filter 0: pixels of a palette are best left as they are.
        let written = encoder.write_all(&[0]).and_then(|()| encoder.write_all(row));
        written.expect("writing into memory cannot fail");
    }
    encoder.finish().expect("writing into memory cannot fail")
}

fn piece(file: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or_default();
    let mut sum = flate2::Crc::new();
    sum.update(&name);
    sum.update(data);
    file.extend_from_slice(&length.to_be_bytes());
    file.extend_from_slice(&name);
    file.extend_from_slice(data);
    file.extend_from_slice(&sum.sum().to_be_bytes());
}
