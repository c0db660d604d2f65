//! A file's name and size: they have to fit its kind, its release and the index it is for.

use vetmoot_domain::{Ecosystem, Package};

use super::names::is_reserved;
use super::{Notice, Upload, cut};
use crate::archive::ArchiveKind;
use crate::limits::{OFFICIAL_CRATE_BYTES_MAX, OFFICIAL_PYTHON_FILE_BYTES_MAX};

/// What is wrong with the name.
pub(super) fn check(upload: &Upload<'_>) -> Vec<Notice> {
    let name = upload.file_name;
    let wrong_kind = |ending: &str, said: &str| {
        vec![Notice::error(
            "file-kind",
            format!("`{}` was handed in as {said}, whose name ends in {ending}", cut(name)),
            "say what kind of file it is, or hand in the file that was meant",
        )]
    };
    // Indexes and installers know these endings in small letters alone.
    let ends = |ending: &str| name.strip_suffix(ending).is_some();
    match upload.kind {
        ArchiveKind::Crate if !ends(".crate") => wrong_kind("`.crate`", "a crate"),
        ArchiveKind::Tgz if !ends(".tgz") => wrong_kind("`.tgz`", "an npm package"),
        ArchiveKind::Wheel if !ends(".whl") => wrong_kind("`.whl`", "a wheel"),
        ArchiveKind::Sdist if !(ends(".tar.gz") || ends(".zip")) => wrong_kind("`.tar.gz`", "a source distribution"),
        ArchiveKind::Crate => {
            let expected = format!("{}-{}.crate", upload.package.name(), upload.version);
            if name.eq_ignore_ascii_case(&expected) { Vec::new() } else { vec![other_name(upload, &expected)] }
        }
        // An npm client names its tarball as it likes; the index gives it a name of its own.
        ArchiveKind::Tgz => Vec::new(),
        ArchiveKind::Wheel => wheel(upload).into_iter().collect(),
        ArchiveKind::Sdist => sdist(upload),
    }
}

/// How large a file may be.
pub(super) fn check_size(upload: &Upload<'_>) -> Option<Notice> {
    let limit = match upload.kind {
        _ if !upload.to_official => return None,
        ArchiveKind::Crate => OFFICIAL_CRATE_BYTES_MAX,
        ArchiveKind::Sdist | ArchiveKind::Wheel => OFFICIAL_PYTHON_FILE_BYTES_MAX,
        // The official npm index names no bound of its own.
        ArchiveKind::Tgz => return None,
    };
    (upload.size > limit).then(|| {
        Notice::weighed(
            !upload.is_known,
            "file-too-large",
            format!("The file has {} bytes; the official index takes {limit} unless it gave the package more", upload.size),
            "leave out what nobody needs who installs the package, or ask the official index for a larger limit",
        )
    })
}

fn other_name(upload: &Upload<'_>, expected: &str) -> Notice {
    Notice::error(
        "file-name",
        format!("The file is called `{}`, but this release's is called `{expected}`", cut(upload.file_name)),
        "hand the file in under the name its build gave it",
    )
}

/// Whether the package's name can be a new one.
pub(super) fn check_name(upload: &Upload<'_>) -> Option<Notice> {
    (upload.to_official && !upload.is_known && is_reserved(upload.package)).then(|| {
        let text = format!("The official index keeps the name `{}` for the language itself", upload.package.name());
        Notice::error("name-reserved", text, "choose another name")
    })
}

/// `NAME-VERSION(-BUILD)?-PYTHON-ABI-PLATFORM.whl` (the binary distribution format, "File name convention").
fn wheel(upload: &Upload<'_>) -> Option<Notice> {
    let stem = upload.file_name.strip_suffix(".whl").unwrap_or_default();
    let parts: Vec<&str> = stem.split('-').collect();
    let fits = match parts.as_slice() {
        [name, version, _, _, _] => is_release(upload, name, version),
        [name, version, build, _, _, _] => is_release(upload, name, version) && build.starts_with(|c: char| c.is_ascii_digit()),
        _ => false,
    };
    let plain = parts.iter().all(|part| !part.is_empty() && part.bytes().all(is_plain));
    (!fits || !plain).then(|| {
        let spelled = upload.package.name().as_str().replace('-', "_");
        other_name(upload, &format!("{spelled}-{}-PYTHON-ABI-PLATFORM.whl", upload.version))
    })
}

/// `NAME-VERSION.tar.gz`, the name with underscores alone (PEP 625), which the official index requires.
fn sdist(upload: &Upload<'_>) -> Vec<Notice> {
    let name = upload.file_name;
    let stem = name.strip_suffix(".tar.gz").or_else(|| name.strip_suffix(".zip")).unwrap_or_default();
    let spelled = upload.package.name().as_str().replace('-', "_");
    let expected = format!("{spelled}-{}.tar.gz", upload.version);
    let cuts = stem.match_indices('-').filter_map(|(at, _)| Some((stem.get(..at)?, stem.get(at + 1..)?)));
    let found = cuts.into_iter().find(|(name, version)| is_release(upload, name, version));
    match found {
        None => vec![other_name(upload, &expected)],
        Some((found, _)) if found != spelled || !name.ends_with(".tar.gz") => vec![Notice::weighed(
            upload.to_official,
            "file-name-old-form",
            format!("The file is called `{}`; since PEP 625 it is `{expected}`", cut(name)),
            "build it with a current version of its build tool",
        )],
        Some(_) => Vec::new(),
    }
}

fn is_release(upload: &Upload<'_>, name: &str, version: &str) -> bool {
    let same_name = Package::new(Ecosystem::Pypi, name).is_ok_and(|package| package == *upload.package);
    let read = |text: &str| text.replace('_', "-").parse::<pep440_rs::Version>().ok();
    let (said, expected) = (read(version), read(upload.version.as_str()));
    same_name && said.is_some() && said == expected
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'+' | b'!')
}
