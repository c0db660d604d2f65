//! Why an archive is refused.

use std::io;

/// Why an archive is refused. Paths are cut at 120 characters; [`ArchiveError::code`] is stable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// The bytes do not begin like the archive they should be.
    #[error("this is no {expected}: it begins with other bytes")]
    Format {
        /// What was expected.
        expected: &'static str,
    },
    /// The archive ends before it is complete.
    #[error("the archive ends before it is complete")]
    Truncated,
    /// A checksum inside is wrong, or compressed data cannot be read.
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    /// Bytes stand behind the end of the archive.
    #[error("bytes stand behind the end of the archive; readers disagree about such files")]
    TrailingData,
    /// Several gzip members: some readers stop after the first, others go on.
    #[error("the file consists of several gzip members; readers disagree about such files")]
    SeveralGzipMembers,
    /// Another reader would find a zip archive in the same bytes.
    #[error("the same bytes are also a zip archive")]
    AlsoZip,
    /// Another reader would find a tar archive in the same bytes.
    #[error("the same bytes are also a tar archive")]
    AlsoTar,
    /// It unpacks to too many bytes.
    #[error("the archive unpacks to more than {0} bytes")]
    TooLarge(u64),
    /// It unpacks to far more bytes than it has.
    #[error("the archive unpacks to more than {0} times its size")]
    Ratio(u64),
    /// It has too many entries, or its paths are too long together.
    #[error("the archive has more than {0} entries, or more paths than are read")]
    TooManyEntries(usize),
    /// A path is too long.
    #[error("a path in the archive has {0} bytes; at most 1024 are read")]
    PathTooLong(usize),
    /// A path begins with a slash or a drive letter.
    #[error("`{0}` is an absolute path")]
    AbsolutePath(String),
    /// A path has an empty, `.` or `..` part.
    #[error("`{0}` has an empty part, `.` or `..`")]
    PathParts(String),
    /// A path has a backslash.
    #[error("`{0}` has a backslash, which separates folders on some systems only")]
    Backslash(String),
    /// A path is not UTF-8, or its encoding is not declared.
    #[error("`{0}` is not a path in UTF-8")]
    PathEncoding(String),
    /// A path holds a control character.
    #[error("`{0}` has a control character")]
    PathControl(String),
    /// The entry is a symbolic or hard link.
    #[error("`{0}` is a link")]
    Link(String),
    /// The entry is a device, pipe or socket, or a kind nobody knows.
    #[error("`{0}` is neither a file nor a folder")]
    SpecialFile(String),
    /// The entry is a sparse file.
    #[error("`{0}` is a sparse file, which readers unpack differently")]
    Sparse(String),
    /// Two entries have one name, or one is both file and folder.
    #[error("`{0}` stands in the archive twice")]
    DuplicateName(String),
    /// Extended header and header of a tar entry disagree about the size.
    #[error("`{path}` has {header} bytes in its header and {pax} in its extended header")]
    PaxSize {
        /// The path.
        path: String,
        /// Bytes by the header.
        header: u64,
        /// Bytes by the extended header.
        pax: u64,
    },
    /// An extended header is misshapen, repeated, or changes what all later entries are.
    #[error("an extended tar header is not acceptable: {0}")]
    Pax(&'static str),
    /// A tar header's numbers or checksum cannot be read.
    #[error("a tar header cannot be read: {0}")]
    TarHeader(&'static str),
    /// Another reader of tar archives sees another entry in the same headers.
    #[error("`{0}` is another file, or one of another size, to other readers of the archive")]
    ReadersDisagree(String),
    /// Local and central header of a zip entry disagree.
    #[error("`{path}`: the two headers of the zip entry disagree about {what}")]
    ZipHeaders {
        /// The path.
        path: String,
        /// What they disagree about.
        what: &'static str,
    },
    /// The zip file has several ends of the central directory.
    #[error("the zip file has several ends; readers disagree about such files")]
    SeveralZipEnds,
    /// Bytes of the zip file belong to no entry, or to two.
    #[error("the zip file has gaps or overlaps between its entries")]
    ZipLayout,
    /// The zip file uses encryption, a rare compression or 64-bit directories.
    #[error("the zip file uses {0}, which package archives do not")]
    ZipFeature(&'static str),
    /// Not everything lies in one folder, or the folder has another name than the release.
    #[error("everything in the archive should lie in the folder `{expected}`, but there is `{found}`")]
    RootFolder {
        /// The folder that was expected.
        expected: String,
        /// A path that lies elsewhere.
        found: String,
    },
    /// The file that says what the archive is does not exist.
    #[error("the archive has no `{0}`")]
    NoManifest(String),
    /// More than one spelling of the manifest's name.
    #[error("`{0}` stands beside another spelling of it; systems that ignore case see one of them")]
    SeveralManifests(String),
    /// The manifest is too long.
    #[error("`{path}` has {bytes} bytes; at most {limit} are read")]
    ManifestTooLong {
        /// The path.
        path: String,
        /// Its size.
        bytes: u64,
        /// The bound.
        limit: u64,
    },
    /// The manifest cannot be read.
    #[error("`{path}` cannot be read: {why}")]
    Manifest {
        /// The path.
        path: String,
        /// What the reader said, cut.
        why: String,
    },
    /// The manifest names another package or version than the release.
    #[error("the archive says it is {found}, but it was published as {expected}")]
    OtherRelease {
        /// What was expected.
        expected: String,
        /// What the manifest says.
        found: String,
    },
    /// A wheel's `RECORD` and its files disagree.
    #[error("RECORD and the files of the wheel disagree about `{path}`: {why}")]
    Record {
        /// The path.
        path: String,
        /// What disagrees.
        why: &'static str,
    },
    /// [`super::one_file`] was asked for a file that is not there.
    #[error("the archive has no file `{0}`")]
    NoSuchFile(String),
    /// [`super::one_file`] was asked for a file longer than it hands out.
    #[error("`{path}` has {bytes} bytes; at most {limit} are shown")]
    FileTooLong {
        /// The path.
        path: String,
        /// Its size.
        bytes: u64,
        /// The bound.
        limit: u64,
    },
}

impl ArchiveError {
    /// The stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Format { .. } => "archive-format",
            Self::Truncated => "archive-truncated",
            Self::Damaged(_) => "archive-damaged",
            Self::TrailingData => "trailing-data",
            Self::SeveralGzipMembers => "several-gzip-members",
            Self::AlsoZip => "also-zip",
            Self::AlsoTar => "also-tar",
            Self::TooLarge(_) => "unpacked-too-large",
            Self::Ratio(_) => "unpacked-ratio",
            Self::TooManyEntries(_) => "too-many-entries",
            Self::PathTooLong(_) => "path-too-long",
            Self::AbsolutePath(_) => "absolute-path",
            Self::PathParts(_) => "path-parts",
            Self::Backslash(_) => "path-backslash",
            Self::PathEncoding(_) => "path-encoding",
            Self::PathControl(_) => "path-control-character",
            Self::Link(_) => "link",
            Self::SpecialFile(_) => "special-file",
            Self::Sparse(_) => "sparse-file",
            Self::DuplicateName(_) => "duplicate-name",
            Self::PaxSize { .. } => "pax-size",
            Self::Pax(_) => "pax-header",
            Self::TarHeader(_) => "tar-header",
            Self::ReadersDisagree(_) => "readers-disagree",
            Self::ZipHeaders { .. } => "zip-headers-disagree",
            Self::SeveralZipEnds => "several-zip-ends",
            Self::ZipLayout => "zip-layout",
            Self::ZipFeature(_) => "zip-feature",
            Self::RootFolder { .. } => "root-folder",
            Self::NoManifest(_) => "no-manifest",
            Self::SeveralManifests(_) => "several-manifests",
            Self::ManifestTooLong { .. } => "manifest-too-long",
            Self::Manifest { .. } => "manifest-unreadable",
            Self::OtherRelease { .. } => "other-release",
            Self::Record { .. } => "wheel-record",
            Self::NoSuchFile(_) => "no-such-file",
            Self::FileTooLong { .. } => "file-too-long",
        }
    }

    /// Finds our own error again in one that passed through a reader of the standard library.
    pub(super) fn from_io(error: &io::Error) -> Self {
        if let Some(own) = error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()) {
            return own.clone();
        }
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return Self::Truncated;
        }
        Self::Damaged(cut(&error.to_string()))
    }
}

/// A foreign text short enough for a message.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(120).collect()
}
