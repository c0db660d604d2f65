//! The headers of core metadata, read as Python's own reader of mail reads them, which installers and indexes use.

/// The headers of a `METADATA` or `PKG-INFO`.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    /// Names as they are written, with their values; continuation lines are joined by line ends.
    pub fields: Vec<(String, String)>,
    /// Whether a text follows them.
    pub has_body: bool,
    /// Why other readers may see other headers, when they may.
    pub defect: Option<&'static str>,
}

impl Headers {
    /// Reads headers up to the first empty line, or the first line that is none. A line of blanks continues the header
    /// before it; old tools wrote empty lines of descriptions like that.
    pub(crate) fn read(content: &[u8]) -> Self {
        let mut headers = Self::default();
        if std::str::from_utf8(content).is_err() {
            headers.defect = Some("it is not UTF-8");
        }
        let text = String::from_utf8_lossy(content);
        if text.contains('\0') {
            headers.defect = Some("it holds a zero byte");
        }
        // A carriage return alone ends a line there, and nowhere else.
        let bare = text.replace("\r\n", "\n");
        if bare.contains('\r') {
            headers.defect = Some("it has carriage returns that end no line");
        }
        let mut lines = bare.split(['\n', '\r']).peekable();
        while let Some(line) = lines.next_if(|line| !line.is_empty()) {
            if !headers.take(line) {
                headers.defect = Some("a line among the headers is none");
                headers.has_body = true;
                break;
            }
        }
        headers.has_body |= lines.any(|line| !line.trim().is_empty());
        headers
    }

    /// Takes in a line; answers whether it belongs to the headers.
    fn take(&mut self, line: &str) -> bool {
        if line.starts_with([' ', '\t']) {
            match self.fields.last_mut() {
                Some((_, value)) => {
                    value.push('\n');
                    value.push_str(line.trim());
                }
                None => self.defect = Some("it begins with the end of a header"),
            }
            return true;
        }
        let Some((name, value)) = line.split_once(':').filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_graphic()))
        else {
            return false;
        };
        if name.is_empty() {
            self.defect = Some("a header has no name");
        } else {
            self.fields.push((name.to_owned(), value.trim().to_owned()));
        }
        true
    }
}
