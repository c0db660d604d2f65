//! Archives made by hand, the same bytes every time: wheels, source distributions and npm packages.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;

use super::sha256;
use crate::packages::Release;

/// A tar.gz of some files.
///
/// # Panics
/// When a path does not fit into a tar header.
pub fn tar_gz(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(content.len()).expect("a fixture is small"));
        header.set_mode(0o644);
        header.set_mtime(1_000_000_000);
        header.set_cksum();
        archive.append_data(&mut header, path, content.as_bytes()).expect("memory takes every byte");
    }
    archive.into_inner().and_then(GzEncoder::finish).expect("memory takes every byte")
}

/// A zip of some files.
///
/// # Panics
/// Never for fixtures: memory takes every byte.
pub fn zip(files: &[(String, String)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (path, content) in files {
        archive.start_file(path.as_str(), options).expect("memory takes every byte");
        archive.write_all(content.as_bytes()).expect("memory takes every byte");
    }
    archive.finish().expect("memory takes every byte").into_inner()
}

/// The core metadata of a release (METADATA, PKG-INFO).
pub fn core_metadata(release: &Release) -> String {
    let needs: Vec<String> = release.needs.iter().map(|name| format!("Requires-Dist: {name}>=1\n")).collect();
    format!("Metadata-Version: 2.1\nName: {}\nVersion: {}\nSummary: made up\n{}", release.name, release.version, needs.concat())
}

/// The name of a module: `mossy-lantern` is imported as `mossy_lantern`.
pub fn module(name: &str) -> String {
    name.replace('-', "_")
}

/// A wheel for every Python, with its file name.
pub fn wheel(release: &Release) -> (String, Vec<u8>) {
    wheel_with(release, &core_metadata(release))
}

/// A wheel for every Python with other metadata, with its file name.
pub fn wheel_with(release: &Release, metadata: &str) -> (String, Vec<u8>) {
    let name = format!("{}-{}-py3-none-any.whl", module(&release.name), release.version);
    (name, zip(&files_of_wheel(release, metadata)))
}

/// The files of a wheel, `RECORD` last.
pub fn files_of_wheel(release: &Release, metadata: &str) -> Vec<(String, String)> {
    let module = module(&release.name);
    let info = format!("{module}-{}.dist-info", release.version);
    let mut files = vec![
        (format!("{module}/__init__.py"), format!("LINE = {:?}\n", release.line)),
        (format!("{info}/METADATA"), metadata.to_owned()),
        (format!("{info}/WHEEL"), "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n".to_owned()),
    ];
    let mut record: Vec<String> =
        files.iter().map(|(path, content)| format!("{path},sha256={},{}\n", digest(content), content.len())).collect();
    record.push(format!("{info}/RECORD,,\n"));
    files.push((format!("{info}/RECORD"), record.concat()));
    files
}

/// URL-safe base64 of SHA-256 without padding, as RECORD wants it.
fn digest(content: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bytes = hex::decode(sha256(content.as_bytes())).unwrap_or_default();
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let number = group.iter().chain(&[0; 3]).take(3).fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
        for place in 0..=group.len() {
            let letter = LETTERS.get(number >> (18 - 6 * place) & 63).copied().unwrap_or_default();
            text.push(char::from(letter));
        }
    }
    text
}

/// A source distribution that builds without any further package, with its file name.
pub fn sdist(release: &Release) -> (String, Vec<u8>) {
    sdist_with(release, &core_metadata(release))
}

/// A source distribution with other metadata, with its file name.
pub fn sdist_with(release: &Release, info: &str) -> (String, Vec<u8>) {
    let module = module(&release.name);
    let root = format!("{module}-{}", release.version);
    let (wheel_name, wheel_bytes) = wheel_with(release, info);
    let backend = format!(
        "import os\nWHEEL = bytes.fromhex({:?})\n\ndef build_wheel(folder, config_settings=None, metadata_directory=None):\n    \
         with open(os.path.join(folder, {wheel_name:?}), 'wb') as file:\n        file.write(WHEEL)\n    return {wheel_name:?}\n",
        hex::encode(wheel_bytes)
    );
    let project = format!(
        "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n\n[project]\nname = {:?}\nversion = {:?}\n",
        release.name, release.version
    );
    let code = format!("LINE = {:?}\n", release.line);
    let paths = ["pyproject.toml", "backend.py", "PKG-INFO"].map(|file| format!("{root}/{file}"));
    let init = format!("{root}/{module}/__init__.py");
    let [project_path, backend_path, info_path] = &paths;
    let files = [(project_path.as_str(), project.as_str()), (backend_path, &backend), (info_path, info), (&init, &code)];
    (format!("{root}.tar.gz"), tar_gz(&files))
}

/// An npm package.
pub fn npm(release: &Release) -> Vec<u8> {
    let manifest = npm_manifest(release).to_string();
    let code = format!("module.exports = {:?};\n", release.line);
    tar_gz(&[("package/package.json", &manifest), ("package/index.js", &code)])
}

/// The package.json of a release.
pub fn npm_manifest(release: &Release) -> serde_json::Value {
    let needs: serde_json::Map<String, serde_json::Value> =
        release.needs.iter().map(|name| (name.clone(), "^1.0.0".into())).collect();
    serde_json::json!({
        "name": release.name, "version": release.version, "description": "made up", "license": "MIT", "main": "index.js", "dependencies": needs,
    })
}
