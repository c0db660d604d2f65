//! Archives built byte by byte: what honest ones hold, and that each hostile trick is refused under its own code.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod bombs;
mod manifests;
mod readers;
mod tars;
mod zips;

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use vetmoot_domain::{Artifact, Release};

use super::*;

/// One tar entry: header block by hand, content, padding.
fn tar_entry(name: &[u8], kind: u8, data: &[u8]) -> Vec<u8> {
    tar_entry_with(name, kind, data, |_| {})
}

fn tar_entry_with(name: &[u8], kind: u8, data: &[u8], change: impl FnOnce(&mut [u8; 512])) -> Vec<u8> {
    let mut block = [0_u8; 512];
    block[..name.len()].copy_from_slice(name);
    block[100..107].copy_from_slice(b"0000644");
    block[108..115].copy_from_slice(b"0000000");
    block[116..123].copy_from_slice(b"0000000");
    block[124..135].copy_from_slice(format!("{:011o}", data.len()).as_bytes());
    block[136..147].copy_from_slice(b"00000000000");
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    change(&mut block);
    seal(&mut block);
    let mut entry = block.to_vec();
    entry.extend_from_slice(data);
    entry.resize(entry.len().next_multiple_of(512), 0);
    entry
}

fn seal(block: &mut [u8; 512]) {
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block[155] = b' ';
}

fn tar(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = entries.concat();
    bytes.extend_from_slice(&[0; 1024]);
    bytes
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn file(path: &str, data: &str) -> Vec<u8> {
    tar_entry(path.as_bytes(), b'0', data.as_bytes())
}

const MANIFEST: &str = "[package]\nname = \"demo\"\nversion = \"1.2.0\"\nlicense = \"MIT\"\n";

/// A crate `demo` 1.2.0 with these further entries.
fn crate_with(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut all = vec![file("demo-1.2.0/Cargo.toml", MANIFEST)];
    all.extend_from_slice(entries);
    gz(&tar(&all))
}

/// One member of a zip file, every field of both headers open to change.
#[derive(Clone)]
struct Member {
    name: Vec<u8>,
    data: Vec<u8>,
    method: u16,
    flags: u16,
    mode: u32,
    extra: Vec<u8>,
    local_name: Option<Vec<u8>>,
    local_size: Option<u32>,
    local_extra: Vec<u8>,
    crc: Option<u32>,
    size: Option<u32>,
    descriptor: Vec<u8>,
}

fn member(name: &str, data: &str) -> Member {
    Member {
        name: name.as_bytes().to_vec(),
        data: data.as_bytes().to_vec(),
        method: 8,
        flags: 0,
        mode: 0o100_644,
        extra: Vec::new(),
        local_name: None,
        local_size: None,
        local_extra: Vec::new(),
        crc: None,
        size: None,
        descriptor: Vec::new(),
    }
}

fn crc_of(data: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(data);
    crc.sum()
}

/// A zip file of these members, with `gap` between the entries and the directory.
fn zip_with(members: &[Member], gap: &[u8], comment: &[u8]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        let offset = u32::try_from(bytes.len()).unwrap();
        let packed = if member.method == 8 { deflated(&member.data) } else { member.data.clone() };
        let crc = member.crc.unwrap_or_else(|| crc_of(&member.data));
        let size = member.size.unwrap_or_else(|| u32::try_from(member.data.len()).unwrap());
        let sizes =
            |size: u32, packed_len: u32, crc: u32| [crc.to_le_bytes(), packed_len.to_le_bytes(), size.to_le_bytes()].concat();
        let packed_len = u32::try_from(packed.len()).unwrap();
        let later = member.flags & 8 != 0;
        let local_name = member.local_name.as_ref().unwrap_or(&member.name);
        bytes.extend_from_slice(b"PK\x03\x04\x14\x00");
        bytes.extend_from_slice(&member.flags.to_le_bytes());
        bytes.extend_from_slice(&member.method.to_le_bytes());
        bytes.extend_from_slice(&[0, 0, 0x21, 0]);
        bytes.extend(if later { sizes(0, 0, 0) } else { sizes(member.local_size.unwrap_or(size), packed_len, crc) });
        bytes.extend_from_slice(&u16::try_from(local_name.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(&u16::try_from(member.local_extra.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(local_name);
        bytes.extend_from_slice(&member.local_extra);
        bytes.extend_from_slice(&packed);
        if later && member.descriptor.is_empty() {
            bytes.extend_from_slice(b"PK\x07\x08");
            bytes.extend(sizes(size, packed_len, crc));
        }
        bytes.extend_from_slice(&member.descriptor);
        directory.extend_from_slice(b"PK\x01\x02\x14\x03\x14\x00");
        directory.extend_from_slice(&member.flags.to_le_bytes());
        directory.extend_from_slice(&member.method.to_le_bytes());
        directory.extend_from_slice(&[0, 0, 0x21, 0]);
        directory.extend(sizes(size, packed_len, crc));
        directory.extend_from_slice(&u16::try_from(member.name.len()).unwrap().to_le_bytes());
        directory.extend_from_slice(&u16::try_from(member.extra.len()).unwrap().to_le_bytes());
        directory.extend_from_slice(&[0; 6]);
        directory.extend_from_slice(&(member.mode << 16).to_le_bytes());
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(&member.name);
        directory.extend_from_slice(&member.extra);
    }
    bytes.extend_from_slice(gap);
    let start = u32::try_from(bytes.len()).unwrap();
    bytes.extend_from_slice(&directory);
    bytes.extend(end_record(members.len(), directory.len(), start, comment));
    bytes
}

fn end_record(count: usize, size: usize, start: u32, comment: &[u8]) -> Vec<u8> {
    let count = u16::try_from(count).unwrap().to_le_bytes();
    let mut end = [b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count].concat();
    end.extend_from_slice(&u32::try_from(size).unwrap().to_le_bytes());
    end.extend_from_slice(&start.to_le_bytes());
    end.extend_from_slice(&u16::try_from(comment.len()).unwrap().to_le_bytes());
    end.extend_from_slice(comment);
    end
}

const METADATA: &str = "Metadata-Version: 2.1\nName: Demo_Pkg\nVersion: 1.2.0\nLicense-Expression: MIT\n\nText\n";
const WHEEL: &str = "Wheel-Version: 1.0\n";

fn record_line(path: &str, data: &[u8]) -> String {
    use sha2::Digest as _;
    let digest = data_encoding::BASE64URL_NOPAD.encode(&sha2::Sha256::digest(data));
    format!("{path},sha256={digest},{}\n", data.len())
}

/// The members of a wheel `demo-pkg` 1.2.0 with a RECORD that fits.
fn wheel_members(more: &[Member]) -> Vec<Member> {
    let mut members = vec![
        member("demo_pkg/__init__.py", "print('hello')\n"),
        member("demo_pkg-1.2.0.dist-info/METADATA", METADATA),
        member("demo_pkg-1.2.0.dist-info/WHEEL", WHEEL),
    ];
    members.extend_from_slice(more);
    let mut record: String = members
        .iter()
        .filter(|member| !member.name.ends_with(b"/"))
        .map(|member| record_line(&String::from_utf8_lossy(&member.name), &member.data))
        .collect();
    record.push_str("demo_pkg-1.2.0.dist-info/RECORD,,\n");
    members.push(member("demo_pkg-1.2.0.dist-info/RECORD", &record));
    members
}

fn wheel_with(more: &[Member]) -> Vec<u8> {
    zip_with(&wheel_members(more), b"", b"")
}

fn release_of(kind: ArchiveKind) -> Release {
    let purl = match kind {
        ArchiveKind::Crate => "pkg:cargo/demo@1.2.0",
        ArchiveKind::Sdist | ArchiveKind::Wheel => "pkg:pypi/demo-pkg@1.2.0",
        ArchiveKind::Tgz => "pkg:npm/%40moot/demo@1.2.0",
    };
    purl.parse::<Artifact>().unwrap().release
}

fn read_as(kind: ArchiveKind, bytes: &[u8], limits: &Limits) -> Result<ArchiveFacts, ArchiveError> {
    let release = release_of(kind);
    read(kind, (&release.package, &release.version), bytes, limits)
}

/// Reads an archive and compares the start of what comes of it: `ok` with paths and sizes, or code and sentence.
fn check(kind: ArchiveKind, bytes: &[u8], expected: &str) {
    let outcome = match read_as(kind, bytes, &Limits::default()) {
        Ok(facts) => {
            let files: Vec<String> = facts.files.iter().map(|file| format!("{} {}", file.path, file.size)).collect();
            format!("ok: {}", files.join(", "))
        }
        Err(error) => format!("{}: {error}", error.code()),
    };
    assert!(outcome.starts_with(expected), "expected {expected}\n     got {outcome}");
}
